using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Commands that the SDK does not send: what an attacker would, and what tells a test what the TPM holds.</summary>
internal static partial class RawTpm
{
    private const TpmaNV NVAttributes = TpmaNV.OwnerWrite | TpmaNV.AuthWrite | TpmaNV.OwnerRead | TpmaNV.AuthRead | TpmaNV.NoDA;
    private const uint CapabilityHandles = 1;
    private const uint MostHandles = 254;

    // TPM_HT_TRANSIENT, TPM_HT_LOADED_SESSION and TPM_HT_SAVED_SESSION.
    private static readonly uint[] HandleTypes = [0x80000000, 0x02000000, 0x03000000];

    /// <summary>All transient objects, loaded sessions and saved sessions (TPM2_GetCapability), in ascending order.</summary>
    public static async Task<IReadOnlyList<uint>> ListHandlesAsync(ITpmDevice device)
    {
        List<uint> handles = [];
        foreach (uint type in HandleTypes)
        {
            handles.AddRange(ReadHandles(await ExecuteAsync(device, TpmSt.NoSessions, TpmCommandCode.GetCapability, Ask(type))));
        }

        handles.Sort();
        return handles;
    }

    /// <summary>TPM2_FlushContext.</summary>
    public static Task FlushAsync(ITpmDevice device, uint handle) =>
        ExecuteAsync(device, TpmSt.NoSessions, TpmCommandCode.FlushContext, Write((ref TpmWriter writer) => writer.WriteUInt32(handle)));

    /// <summary>What a command flushes, if it is TPM2_FlushContext.</summary>
    public static uint? GetFlushedHandle(byte[] command)
    {
        TpmReader reader = new(command);
        return TpmHeader.Read(ref reader).CommandCode == TpmCommandCode.FlushContext ? reader.ReadUInt32("flushHandle") : null;
    }

    /// <summary>Whether the TPM has RSA keys of a size.</summary>
    public static Task<bool> SupportsRsaAsync(ITpmDevice device, ushort keyBits) => SupportsAsync(device, (ref TpmWriter writer) =>
    {
        writer.WriteAlgorithm(TpmAlgId.Rsa);
        writer.WriteAlgorithm(TpmAlgId.Null);
        writer.WriteAlgorithm(TpmAlgId.Null);
        writer.WriteUInt16(keyBits);
        writer.WriteUInt32(0);
    });

    /// <summary>Whether the TPM has a hash.</summary>
    public static Task<bool> SupportsHashAsync(ITpmDevice device, TpmAlgId hash) => SupportsAsync(device, (ref TpmWriter writer) =>
    {
        writer.WriteAlgorithm(TpmAlgId.KeyedHash);
        writer.WriteAlgorithm(TpmAlgId.Hmac);
        writer.WriteAlgorithm(hash);
    });

    /// <summary>TPM2_LoadExternal of a public area alone, in the null hierarchy.</summary>
    public static async Task<TpmHandle> LoadPublicAsync(ITpmDevice device, TpmtPublic key)
    {
        byte[] response = await ExecuteAsync(device, TpmSt.NoSessions, TpmCommandCode.LoadExternal, Write((ref TpmWriter writer) =>
        {
            writer.WriteSized([]);
            writer.WriteSized(key.Encoded.Span);
            writer.WriteHandle(TpmHandle.Null);
        }));
        return new TpmHandle(new TpmReader(response).ReadUInt32("objectHandle"));
    }

    /// <summary>TPM2_ActivateCredential with an empty password for both keys.</summary>
    public static Task ActivateCredentialAsync(
        ITpmDevice device, TpmHandle activated, TpmHandle endorsementKey, ReadOnlyMemory<byte> credentialBlob, ReadOnlyMemory<byte> encryptedSecret) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.ActivateCredential, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(activated);
            writer.WriteHandle(endorsementKey);
            WriteEmptyPasswords(2, ref writer);
            writer.WriteBytes(credentialBlob.Span);
            writer.WriteBytes(encryptedSecret.Span);
        }));

    /// <summary>TPM2_PCR_Extend of a SHA-256 PCR.</summary>
    public static Task ExtendAsync(ITpmDevice device, int pcr, byte[] digest) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.PCR_Extend, Write((ref TpmWriter writer) =>
        {
            writer.WriteUInt32((uint)pcr);
            WriteEmptyPasswords(1, ref writer);
            writer.WriteUInt32(1);
            writer.WriteAlgorithm(TpmAlgId.Sha256);
            writer.WriteBytes(digest);
        }));

    /// <summary>TPM2_Certify by the signing key's own scheme: TPMS_ATTEST and TPMT_SIGNATURE.</summary>
    public static async Task<(byte[] Attest, byte[] Signature)> CertifyAsync(
        ITpmDevice device, TpmHandle certified, TpmHandle signer, ReadOnlyMemory<byte> qualifyingData)
    {
        byte[] response = await ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.Certify, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(certified);
            writer.WriteHandle(signer);
            WriteEmptyPasswords(2, ref writer);
            writer.WriteSized(qualifyingData.Span);
            writer.WriteAlgorithm(TpmAlgId.Null);
        }));
        TpmReader reader = new(response);
        int parameterSize = (int)reader.ReadUInt32("parameterSize");
        byte[] attest = reader.ReadSized("certifyInfo").ToArray();
        return (attest, reader.ReadBytes("signature", parameterSize - sizeof(ushort) - attest.Length).ToArray());
    }

    /// <summary>TPM2_NV_DefineSpace by the owner, with an empty authorisation value.</summary>
    public static Task DefineNVAsync(ITpmDevice device, TpmsNVPublic index) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.NV_DefineSpace, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(TpmHandle.Owner);
            WriteEmptyPasswords(1, ref writer);
            writer.WriteSized([]);
            writer.WriteBytes(index.EncodeSized());
        }));

    /// <summary>TPM2_NV_Write by the owner, from the beginning of the index on.</summary>
    public static Task WriteNVAsync(ITpmDevice device, TpmHandle index, byte[] data) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.NV_Write, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(TpmHandle.Owner);
            writer.WriteHandle(index);
            WriteEmptyPasswords(1, ref writer);
            writer.WriteSized(data);
            writer.WriteUInt16(0);
        }));

    /// <summary>Defines an NV index that its own empty value reads and writes.</summary>
    public static Task DefineAsync(ITpmDevice device, TpmHandle index, int dataSize) =>
        DefineNVAsync(device, new TpmsNVPublic(index, TpmAlgId.Sha256, NVAttributes, [], (ushort)dataSize));

    /// <summary>Defines an NV index and fills it (TPM2_NV_Write).</summary>
    public static async Task StoreAsync(ITpmDevice device, TpmHandle index, byte[] content)
    {
        const int Most = 512;
        await DefineAsync(device, index, content.Length);
        for (int offset = 0; offset < content.Length; offset += Most)
        {
            byte[] part = content[offset..Math.Min(content.Length, offset + Most)];
            await ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.NV_Write, Write((ref TpmWriter writer) =>
            {
                writer.WriteHandle(index);
                writer.WriteHandle(index);
                WriteEmptyPasswords(1, ref writer);
                writer.WriteSized(part);
                writer.WriteUInt16((ushort)offset);
            }));
        }
    }

    /// <summary>TPM2_NV_UndefineSpace of an index that the machine came with, as the platform, which has no authorisation value in an emulator.</summary>
    public static Task UndefineAsync(ITpmDevice device, TpmHandle index) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.NV_UndefineSpace, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(TpmHandle.Platform);
            writer.WriteHandle(index);
            WriteEmptyPasswords(1, ref writer);
        }));

    /// <summary>TPM2_HierarchyChangeAuth of a hierarchy that has an empty value.</summary>
    public static Task ChangeHierarchyAuthAsync(ITpmDevice device, TpmHandle hierarchy, byte[] newAuth) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.HierarchyChangeAuth, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(hierarchy);
            WriteEmptyPasswords(1, ref writer);
            writer.WriteSized(newAuth);
        }));

    /// <summary>TPM2_Clear with the empty value of the lockout hierarchy.</summary>
    public static Task ClearAsync(ITpmDevice device) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.Clear, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(TpmHandle.Lockout);
            WriteEmptyPasswords(1, ref writer);
        }));

    /// <summary>TPM2_CreatePrimary, with an authorisation value for the new key.</summary>
    public static async Task<TpmHandle> CreatePrimaryAsync(ITpmDevice device, TpmHandle hierarchy, TpmtPublic template, byte[] userAuth)
    {
        byte[] response = await ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.CreatePrimary, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(hierarchy);
            WriteEmptyPasswords(1, ref writer);
            writer.WriteUInt16((ushort)(sizeof(ushort) + userAuth.Length + sizeof(ushort)));
            writer.WriteSized(userAuth);
            writer.WriteSized([]);
            writer.WriteSized(template.Encoded.Span);
            writer.WriteSized([]);
            writer.WriteUInt32(0);
        }));
        return new TpmHandle(new TpmReader(response).ReadUInt32("objectHandle"));
    }

    /// <summary>TPM2_EvictControl with the empty value of the owner.</summary>
    public static Task EvictControlAsync(ITpmDevice device, TpmHandle key, TpmHandle persistentHandle) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.EvictControl, Write((ref TpmWriter writer) =>
        {
            writer.WriteHandle(TpmHandle.Owner);
            writer.WriteHandle(key);
            WriteEmptyPasswords(1, ref writer);
            writer.WriteHandle(persistentHandle);
        }));

    /// <summary>Makes a storage root key persistent at its usual handle, as owners do.</summary>
    public static async Task MakeStorageRootKeyAsync(ITpmDevice device, byte[] userAuth)
    {
        const TpmaObject Attributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.UserWithAuth | TpmaObject.NoDA
            | TpmaObject.Restricted | TpmaObject.Decrypt;
        TpmtPublic template = new(
            TpmAlgId.Sha256, Attributes, [], new TpmsRsaParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, 2048, 0), new Tpm2bPublicKeyRsa(new byte[256]));
        TpmHandle handle = await CreatePrimaryAsync(device, TpmHandle.Owner, template, userAuth);
        await EvictControlAsync(device, handle, new TpmHandle(0x81000001));
        await FlushAsync(device, handle.Value);
    }

    /// <summary>TPM2_CreatePrimary with an empty authorisation value for the new key, and its public area.</summary>
    public static async Task<(TpmHandle Handle, TpmtPublic Public)> MakePrimaryAsync(ITpmDevice device, TpmHandle hierarchy, TpmtPublic template)
    {
        TpmHandle handle = await CreatePrimaryAsync(device, hierarchy, template, []);
        return (handle, await ReadPublicAsync(device, handle));
    }

    /// <summary>Makes a primary key and leaves it at a persistent handle only.</summary>
    public static async Task<TpmtPublic> PersistAsync(ITpmDevice device, TpmHandle hierarchy, TpmtPublic template, TpmHandle persistent)
    {
        (TpmHandle handle, TpmtPublic key) = await MakePrimaryAsync(device, hierarchy, template);
        await EvictControlAsync(device, handle, persistent);
        await FlushAsync(device, handle.Value);
        return key;
    }

    /// <summary>TPM2_ReadPublic.</summary>
    public static async Task<TpmtPublic> ReadPublicAsync(ITpmDevice device, TpmHandle handle)
    {
        byte[] response = await ExecuteAsync(
            device, TpmSt.NoSessions, TpmCommandCode.ReadPublic, Write((ref TpmWriter writer) => writer.WriteHandle(handle)));
        return TpmWire.Parse<TpmtPublic>(new TpmReader(response).ReadSized("outPublic"));
    }

    /// <summary>The code of a command.</summary>
    public static TpmCommandCode GetCode(byte[] command)
    {
        TpmReader reader = new(command);
        return TpmHeader.Read(ref reader).CommandCode;
    }

    private delegate void WriteBody(ref TpmWriter writer);

    // TPM2_TestParms of a TPMT_PUBLIC_PARMS.
    private static async Task<bool> SupportsAsync(ITpmDevice device, WriteBody parameters)
    {
        try
        {
            await ExecuteAsync(device, TpmSt.NoSessions, TpmCommandCode.TestParms, Write(parameters));
            return true;
        }
        catch (TpmCommandException exception) when (exception.ResponseCode.Error is TpmRc.Value or TpmRc.Hash)
        {
            return false;
        }
    }

    private static byte[] Ask(uint handleType) => Write((ref TpmWriter writer) =>
    {
        writer.WriteUInt32(CapabilityHandles);
        writer.WriteUInt32(handleType);
        writer.WriteUInt32(MostHandles);
    });

    // Each is TPM_RS_PW, an empty nonce, no attributes, and an empty value.
    private static void WriteEmptyPasswords(uint count, ref TpmWriter writer)
    {
        const uint Size = 9;
        writer.WriteUInt32(count * Size);
        for (uint i = 0; i < count; i++)
        {
            writer.WriteHandle(TpmHandle.Password);
            writer.WriteSized([]);
            writer.WriteByte(0);
            writer.WriteSized([]);
        }
    }

    private static uint[] ReadHandles(byte[] capability)
    {
        TpmReader reader = new(capability);
        reader.ReadYesNo("moreData").Should().BeFalse();
        reader.ReadUInt32("capability").Should().Be(CapabilityHandles);
        uint[] handles = new uint[reader.ReadCount("TPML_HANDLE", sizeof(uint), (int)MostHandles)];
        for (int i = 0; i < handles.Length; i++)
        {
            handles[i] = reader.ReadUInt32("handle");
        }

        return handles;
    }

    private static byte[] Write(WriteBody write)
    {
        TpmWriter writer = new(new byte[TpmWire.MaximumSize]);
        write(ref writer);
        return writer.Written.ToArray();
    }

    /// <summary>Sends a command and gives the response behind its header.</summary>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    private static async Task<byte[]> ExecuteAsync(ITpmDevice device, TpmSt tag, TpmCommandCode code, byte[] body)
    {
        byte[] command = Write((ref TpmWriter writer) =>
        {
            new TpmHeader(tag, TpmHeader.EncodedSize + body.Length, (uint)code).Write(ref writer);
            writer.WriteBytes(body);
        });
        byte[] response = new byte[TpmWire.MaximumSize];
        int size = await device.ExecuteAsync(command, response);
        TpmResponseCode responseCode = TpmHeader.ReadWhole(response.AsSpan(0, size)).ResponseCode;
        return responseCode.IsSuccess ? response[TpmHeader.EncodedSize..size] : throw new TpmCommandException(code, responseCode);
    }
}
