using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>
/// TPM2_Hash (Part 3, section 15.4). The ticket says that the data does not begin with TPM_GENERATED_VALUE, which a restricted key wants to see.
/// </summary>
internal readonly record struct HashCommand(ReadOnlyMemory<byte> Data, TpmAlgId HashAlg, TpmHandle Hierarchy) : ITpmCommand<HashResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.Hash;

    public static bool ReturnsHandle => false;

    public static HashResponse ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        byte[] outHash = reader.ReadSized("TPM2_Hash.outHash", TpmHash.MaximumDigestSize).ToArray();
        return new(outHash, TpmtTkHashCheck.Read(ref reader));
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(Data.Span);
        writer.WriteAlgorithm(HashAlg);
        writer.WriteHandle(Hierarchy);
    }
}

internal readonly record struct HashResponse(byte[] OutHash, TpmtTkHashCheck Validation);

/// <summary>TPMT_TK_HASHCHECK (Part 2, section 10.7.6).</summary>
internal readonly record struct TpmtTkHashCheck(TpmSt Tag, TpmHandle Hierarchy, byte[] Digest) : ITpmStructure<TpmtTkHashCheck>
{
    /// <summary>No ticket, which a key that is not restricted needs none of.</summary>
    public static TpmtTkHashCheck Null => new(TpmSt.HashCheck, TpmHandle.Null, []);

    public static TpmtTkHashCheck Read(ref TpmReader reader) => new(
        (TpmSt)reader.ReadUInt16("TPMT_TK_HASHCHECK.tag"),
        new TpmHandle(reader.ReadUInt32("TPMT_TK_HASHCHECK.hierarchy")),
        reader.ReadSized("TPMT_TK_HASHCHECK.digest", TpmHash.MaximumDigestSize).ToArray());

    public void Write(ref TpmWriter writer)
    {
        writer.WriteUInt16((ushort)Tag);
        writer.WriteHandle(Hierarchy);
        writer.WriteSized(Digest);
    }
}
