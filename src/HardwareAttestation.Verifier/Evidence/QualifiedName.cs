using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>Qualified Names: which key, under which parent, in which hierarchy (TPM 2.0 Library, Part 1, section 26.5).</summary>
internal static class QualifiedName
{
    /// <summary>The qualified Name of a key under the endorsement key, or under a storage root key if it has one for its parent.</summary>
    public static TpmName Of(TpmtPublic key, TpmtPublic endorsementKey, TpmtPublic? storageParent) => storageParent is null
        ? Under(TpmHandle.Endorsement, endorsementKey, key)
        : Under(TpmHandle.Owner, storageParent, key);

    private static TpmName Under(TpmHandle hierarchy, TpmtPublic primaryKey, TpmtPublic key)
    {
        Span<byte> name = stackalloc byte[sizeof(uint)];
        TpmWriter writer = new(name);
        writer.WriteHandle(hierarchy);
        return Qualify(Qualify(new TpmName(name), primaryKey), key);
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
