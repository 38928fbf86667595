using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>
/// TPM2B_NAME: the Name of an object, which is its nameAlg and the digest of its public area (TPM 2.0 Library, Part 1, section 16).
/// </summary>
/// <remarks>In wire form without the size: two bytes of TPM_ALG_ID, big-endian, and the digest; a handle's four bytes; or nothing.</remarks>
public sealed class TpmName : IEquatable<TpmName>
{
    private const int MaximumNameSize = sizeof(ushort) + TpmHash.MaximumDigestSize;
    private readonly byte[] _bytes;

    /// <summary>Initializes the Name.</summary>
    /// <param name="bytes">The Name's bytes without a size, at most 66; they are copied.</param>
    /// <exception cref="ArgumentException">There are more than 66 bytes.</exception>
    public TpmName(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaximumNameSize)
        {
            throw new ArgumentException($"A Name has at most {MaximumNameSize} bytes, and {bytes.Length} were given.", nameof(bytes));
        }

        _bytes = bytes.ToArray();
    }

    /// <summary>The Name's bytes, without a size.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Reads a TPM2B_NAME with its size.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="field">The field's name, for the error message.</param>
    /// <returns>The Name.</returns>
    /// <exception cref="TpmFormatException">The bytes are not a TPM2B_NAME.</exception>
    public static TpmName Read(ref TpmReader reader, string field) => new(reader.ReadSized(field, MaximumNameSize));

    /// <summary>Computes a Name: nameAlg and the digest of a public area (TPM 2.0 Library, Part 1, section 16).</summary>
    /// <exception cref="TpmFormatException">The Name's hash algorithm is not one that .NET implements.</exception>
    internal static TpmName Compute(TpmAlgId nameAlg, ReadOnlySpan<byte> publicArea, string structure)
    {
        if (!TpmHash.TryGetName(nameAlg, out _))
        {
            throw new TpmFormatException($"{structure}.nameAlg 0x{(ushort)nameAlg:X4} is not a hash algorithm that a Name can be computed with here.");
        }

        Span<byte> name = stackalloc byte[MaximumNameSize];
        TpmWriter writer = new(name);
        writer.WriteAlgorithm(nameAlg);
        writer.WriteBytes(TpmHash.HashData(nameAlg, publicArea));
        return new TpmName(writer.Written);
    }

    /// <inheritdoc/>
    public bool Equals(TpmName? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TpmName);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>The Name in lower-case hexadecimal, as TPM tools print it.</summary>
    /// <returns>Two characters a byte.</returns>
    public override string ToString() => Convert.ToHexStringLower(_bytes);
}
