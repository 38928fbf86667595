using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>Qualified Names: which key, under which parent, in which hierarchy (TPM 2.0 Library, Part 1, section 26.5).</summary>
internal static class QualifiedName
{
    /// <summary>The qualified Name of a key under a primary key of the endorsement hierarchy.</summary>
    public static TpmName UnderEndorsementKey(TpmtPublic endorsementKey, TpmtPublic key)
    {
        Span<byte> hierarchy = stackalloc byte[sizeof(uint)];
        TpmWriter writer = new(hierarchy);
        writer.WriteHandle(TpmHandle.Endorsement);
        return Qualify(Qualify(new TpmName(hierarchy), endorsementKey), key);
    }

    // nameAlg || H(qualified Name of the parent || Name)
    private static TpmName Qualify(TpmName parent, TpmtPublic key)
    {
        byte[] digest = TpmHash.HashData(key.NameAlg, [.. parent.Bytes.Span, .. key.ComputeName().Bytes.Span]);
        Span<byte> name = stackalloc byte[sizeof(ushort) + TpmHash.MaximumDigestSize];
        TpmWriter writer = new(name);
        writer.WriteAlgorithm(key.NameAlg);
        writer.WriteBytes(digest);
        return new TpmName(writer.Written);
    }
}
