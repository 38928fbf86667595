using System.Diagnostics.CodeAnalysis;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>
/// TPM2B_NAME: the Name of an object, which is its nameAlg and the digest of its public area (TPM 2.0 Library, Part 1, section 16).
/// </summary>
/// <remarks>In wire form without the size: two bytes of TPM_ALG_ID, big-endian, and the digest; a handle's four bytes; or nothing.</remarks>
public sealed class TpmName : IEquatable<TpmName>, IParsable<TpmName>
{
    internal const int MaximumNameSize = sizeof(ushort) + TpmHash.MaximumDigest;
    private readonly byte[] _bytes;

    /// <summary>Initializes the Name.</summary>
    /// <param name="bytes">The Name's bytes without a size, at most 66; they are copied.</param>
    /// <exception cref="ArgumentException">There are more than 66 bytes.</exception>
    public TpmName(ReadOnlySpan<byte> bytes)
    {
        FieldSize.Check(bytes, MaximumNameSize, "A Name", nameof(bytes));
        _bytes = bytes.ToArray();
    }

    /// <summary>The Name's bytes, without a size.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Whether both are the same bytes.</summary>
    /// <param name="left">A Name, or null.</param>
    /// <param name="right">A Name, or null.</param>
    /// <returns>True if they are.</returns>
    public static bool operator ==(TpmName? left, TpmName? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">A Name, or null.</param>
    /// <param name="right">A Name, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmName? left, TpmName? right) => !(left == right);

    /// <summary>Reads the form that <see cref="ToString"/> gives.</summary>
    /// <param name="text">The Name in hexadecimal, at most 66 bytes.</param>
    /// <returns>The Name.</returns>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static TpmName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out TpmName? name)
            ? name
            : throw new FormatException($"'{text}' is not a Name; one is at most {MaximumNameSize} bytes in hexadecimal, beginning with its hash algorithm, such as '000b' for SHA-256.");
    }

    /// <summary>Reads the form that <see cref="ToString"/> gives, if it is of that form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The Name.</param>
    /// <returns>Whether the text is at most 66 bytes in hexadecimal, in upper or lower case.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out TpmName? name)
    {
        Span<byte> bytes = stackalloc byte[MaximumNameSize];
        name = text is not null && Convert.FromHexString(text, bytes, out _, out int size) == System.Buffers.OperationStatus.Done ? new(bytes[..size]) : null;
        return name is not null;
    }

    /// <inheritdoc/>
    static TpmName IParsable<TpmName>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<TpmName>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out TpmName result) => TryParse(s, out result);

    /// <summary>Reads a TPM2B_NAME with its size.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="field">The field's name, for the error message.</param>
    /// <returns>The Name.</returns>
    /// <exception cref="TpmFormatException">The bytes are not a TPM2B_NAME.</exception>
    public static TpmName Read(ref TpmReader reader, string field) => new(reader.ReadSized(field, MaximumNameSize));

    /// <summary>Writes a TPM2B_NAME with its size.</summary>
    /// <param name="writer">The writer.</param>
    public void Write(ref TpmWriter writer) => writer.WriteSized(_bytes);

    /// <summary>Computes a Name: nameAlg and the digest of a public area (TPM 2.0 Library, Part 1, section 16).</summary>
    /// <exception cref="TpmFormatException">The Name's hash algorithm is not one that .NET implements on this platform.</exception>
    internal static TpmName Compute(TpmAlgId nameAlg, ReadOnlySpan<byte> publicArea, string structure)
    {
        Span<byte> name = stackalloc byte[MaximumNameSize];
        TpmWriter writer = new(name);
        writer.WriteAlgorithm(nameAlg);
        try
        {
            writer.WriteBytes(TpmHash.HashData(nameAlg, publicArea));
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or PlatformNotSupportedException)
        {
            throw new TpmFormatException($"{structure}.nameAlg 0x{(ushort)nameAlg:X4} is not a hash algorithm that a Name can be computed with here.", exception);
        }

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
