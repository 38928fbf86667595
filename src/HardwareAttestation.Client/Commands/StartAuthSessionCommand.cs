using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_StartAuthSession (Part 3, section 11.1) for a session that is salted to a key and not bound.</summary>
/// <param name="TpmKey">The decryption key that opens the salt.</param>
/// <param name="NonceCaller">Our nonce.</param>
/// <param name="EncryptedSalt">The content of TPM2B_ENCRYPTED_SECRET.</param>
/// <param name="SessionType">Whether the session is to satisfy a policy.</param>
/// <param name="Symmetric">The cipher of encrypted parameters.</param>
/// <param name="AuthHash">The hash algorithm of the session.</param>
internal readonly record struct StartAuthSessionCommand(
    TpmHandle TpmKey,
    ReadOnlyMemory<byte> NonceCaller,
    ReadOnlyMemory<byte> EncryptedSalt,
    TpmSe SessionType,
    TpmtSymDef Symmetric,
    TpmAlgId AuthHash) : ITpmCommand<StartAuthSessionResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.StartAuthSession;

    public static bool ReturnsHandle => true;

    public static StartAuthSessionResponse ReadResponse(TpmHandle handle, ref TpmReader reader) =>
        new(handle, reader.ReadSized("TPM2_StartAuthSession.nonceTPM", TpmHash.MaximumDigestSize).ToArray());

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(TpmKey);
        writer.WriteHandle(TpmHandle.Null);
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(NonceCaller.Span);
        writer.WriteSized(EncryptedSalt.Span);
        writer.WriteByte((byte)SessionType);
        Symmetric.Write(ref writer);
        writer.WriteAlgorithm(AuthHash);
    }
}

internal readonly record struct StartAuthSessionResponse(TpmHandle SessionHandle, byte[] NonceTpm);

/// <summary>TPM_SE: kinds of sessions (Part 2, section 6.11).</summary>
internal enum TpmSe : byte
{
    /// <summary>TPM_SE_HMAC.</summary>
    Hmac = 0x00,

    /// <summary>TPM_SE_POLICY.</summary>
    Policy = 0x01,
}
