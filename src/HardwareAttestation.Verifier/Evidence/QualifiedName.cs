using System.Security.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Qualified Names: which key, under which parent, in which hierarchy (TPM 2.0 Library, Part 1, section 26.5). The TPM itself says them in what it
/// attests, so that a verifier who knows the public areas of a key's ancestors also knows where the key is.
/// </summary>
public static class QualifiedName
{
    /// <summary>Computes the qualified Name of a primary key, such as an endorsement key or a storage root key.</summary>
    /// <param name="hierarchy">The hierarchy: <see cref="TpmHandle.Endorsement"/> or <see cref="TpmHandle.Owner"/>.</param>
    /// <param name="key">The primary key.</param>
    /// <returns>The qualified Name.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="TpmFormatException">The key's Name is made with a hash algorithm that .NET does not implement.</exception>
    public static TpmName OfPrimary(TpmHandle hierarchy, TpmtPublic key)
    {
        Span<byte> name = stackalloc byte[sizeof(uint)];
        TpmWriter writer = new(name);
        writer.WriteHandle(hierarchy);
        return OfChild(new TpmName(name), key);
    }

    /// <summary>Computes the qualified Name of a key under another.</summary>
    /// <param name="parentQualifiedName">The qualified Name of the parent.</param>
    /// <param name="key">The key.</param>
    /// <returns>The qualified Name.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="TpmFormatException">The key's Name is made with a hash algorithm that .NET does not implement.</exception>
    public static TpmName OfChild(TpmName parentQualifiedName, TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(parentQualifiedName);
        ArgumentNullException.ThrowIfNull(key);

        // nameAlg || H(qualified Name of the parent || Name)
        ReadOnlySpan<byte> parent = parentQualifiedName.Bytes.Span;
        ReadOnlySpan<byte> name = key.ComputeName().Bytes.Span;
        Span<byte> names = stackalloc byte[2 * (sizeof(ushort) + TpmHash.MaximumDigestSize)];
        parent.CopyTo(names);
        name.CopyTo(names[parent.Length..]);
        Span<byte> qualified = stackalloc byte[sizeof(ushort) + TpmHash.MaximumDigestSize];
        name[..sizeof(ushort)].CopyTo(qualified);
        int size = CryptographicOperations.HashData(TpmHash.GetName(key.NameAlg), names[..(parent.Length + name.Length)], qualified[sizeof(ushort)..]);
        return new TpmName(qualified[..(sizeof(ushort) + size)]);
    }

    /// <summary>The qualified Name of a key under the endorsement key, or under a storage root key if it has one for its parent.</summary>
    internal static TpmName Of(TpmtPublic key, TpmtPublic endorsementKey, TpmtPublic? storageParent) => storageParent is null
        ? OfChild(OfPrimary(TpmHandle.Endorsement, endorsementKey), key)
        : OfChild(OfPrimary(TpmHandle.Owner, storageParent), key);
}
