using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_NV_PUBLIC: the public area of an NV index (TPM 2.0 Library, Part 2, section 13.5).</summary>
/// <remarks>
/// Immutable. The attributes are part of the Name and some of them change: an index has another Name once it was written
/// (<see cref="TpmaNV.Written"/>), and another while it is locked.
/// </remarks>
public sealed class TpmsNVPublic : ITpmStructure<TpmsNVPublic>, IEquatable<TpmsNVPublic>
{
    private readonly byte[] _authPolicy;

    /// <summary>Initializes the structure.</summary>
    /// <param name="nvIndex">The handle of the index.</param>
    /// <param name="nameAlg">The hash algorithm of the Name and of the policy.</param>
    /// <param name="attributes">The attributes, as they are when the Name is computed.</param>
    /// <param name="authPolicy">The digest of the policy, or nothing; copied.</param>
    /// <param name="dataSize">The size of the content in bytes.</param>
    /// <exception cref="ArgumentException">The policy is longer than a digest.</exception>
    public TpmsNVPublic(TpmHandle nvIndex, TpmAlgId nameAlg, TpmaNV attributes, ReadOnlySpan<byte> authPolicy, ushort dataSize)
    {
        FieldSize.Check(authPolicy, TpmHash.MaximumDigestSize, "A policy", nameof(authPolicy));
        NVIndex = nvIndex;
        NameAlg = nameAlg;
        Attributes = attributes;
        _authPolicy = authPolicy.ToArray();
        DataSize = dataSize;
    }

    /// <summary>The handle of the index.</summary>
    public TpmHandle NVIndex { get; }

    /// <summary>The hash algorithm of the Name and of the policy.</summary>
    public TpmAlgId NameAlg { get; }

    /// <summary>The attributes.</summary>
    public TpmaNV Attributes { get; }

    /// <summary>The digest of the policy, or nothing.</summary>
    public ReadOnlyMemory<byte> AuthPolicy => _authPolicy;

    /// <summary>The size of the content in bytes.</summary>
    public ushort DataSize { get; }

    /// <summary>Whether all fields are the same.</summary>
    /// <param name="left">A public area, or null.</param>
    /// <param name="right">A public area, or null.</param>
    /// <returns>True if they are the same.</returns>
    public static bool operator ==(TpmsNVPublic? left, TpmsNVPublic? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">A public area, or null.</param>
    /// <param name="right">A public area, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmsNVPublic? left, TpmsNVPublic? right) => !(left == right);

    /// <inheritdoc/>
    public static TpmsNVPublic Read(ref TpmReader reader) => new(
        reader.ReadHandle("TPMS_NV_PUBLIC.nvIndex"),
        reader.ReadAlgorithm("TPMS_NV_PUBLIC.nameAlg"),
        (TpmaNV)reader.ReadUInt32("TPMS_NV_PUBLIC.attributes"),
        reader.ReadSized("TPMS_NV_PUBLIC.authPolicy", TpmHash.MaximumDigestSize),
        reader.ReadUInt16("TPMS_NV_PUBLIC.dataSize"));

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteHandle(NVIndex);
        writer.WriteAlgorithm(NameAlg);
        writer.WriteUInt32((uint)Attributes);
        writer.WriteSized(_authPolicy);
        writer.WriteUInt16(DataSize);
    }

    /// <summary>Computes the Name: nameAlg and the digest of the wire form (TPM 2.0 Library, Part 1, section 16).</summary>
    /// <returns>The Name.</returns>
    /// <exception cref="TpmFormatException">The Name's hash algorithm is none that .NET knows, such as SM3, or this platform lacks it, as some do SHA-3.</exception>
    public TpmName ComputeName() => TpmName.Compute(NameAlg, this.Encode(), "TPMS_NV_PUBLIC");

    /// <inheritdoc/>
    public bool Equals(TpmsNVPublic? other) =>
        other is not null
        && NVIndex == other.NVIndex
        && NameAlg == other.NameAlg
        && Attributes == other.Attributes
        && DataSize == other.DataSize
        && _authPolicy.AsSpan().SequenceEqual(other._authPolicy);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TpmsNVPublic);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(NVIndex, NameAlg, Attributes, DataSize);
}
