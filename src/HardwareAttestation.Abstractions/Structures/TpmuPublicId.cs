using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMU_PUBLIC_ID: the unique part of a public area, by its type (TPM 2.0 Library, Part 2, section 12.2.3.2). Compared by kind and content.</summary>
public abstract class TpmuPublicId : IEquatable<TpmuPublicId>
{
    private protected TpmuPublicId()
    {
    }

    /// <summary>The largest RSA modulus that is read, in bytes: 4096 bits.</summary>
    public static int MaximumModulusSize => 512;

    /// <summary>Whether both are of the same kind and have the same bytes, leading zeros included.</summary>
    /// <param name="left">A unique part, or null.</param>
    /// <param name="right">A unique part, or null.</param>
    /// <returns>True if they are the same.</returns>
    public static bool operator ==(TpmuPublicId? left, TpmuPublicId? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">A unique part, or null.</param>
    /// <param name="right">A unique part, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmuPublicId? left, TpmuPublicId? right) => !(left == right);

    /// <inheritdoc/>
    public bool Equals(TpmuPublicId? other) => other is not null && GetType() == other.GetType() && HasContentOf(other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as TpmuPublicId);

    /// <inheritdoc/>
    public sealed override int GetHashCode()
    {
        HashCode hash = default;
        AddContentTo(ref hash);
        return hash.ToHashCode();
    }

    internal static TpmuPublicId Read(TpmAlgId type, ref TpmReader reader) => type switch
    {
        TpmAlgId.Rsa => new Tpm2bPublicKeyRsa(reader.ReadSized("TPM2B_PUBLIC_KEY_RSA", MaximumModulusSize)),
        TpmAlgId.Ecc => TpmsEccPoint.ReadFields(ref reader),
        _ => new Tpm2bDigest(reader.ReadSized("TPMT_PUBLIC.unique", TpmHash.MaximumDigestSize)),
    };

    internal abstract void Write(ref TpmWriter writer);

    /// <param name="other">Of this object's own class.</param>
    private protected abstract bool HasContentOf(TpmuPublicId other);

    private protected abstract void AddContentTo(ref HashCode hash);
}

/// <summary>TPM2B_PUBLIC_KEY_RSA: a modulus (TPM 2.0 Library, Part 2, section 11.2.4.5).</summary>
public sealed class Tpm2bPublicKeyRsa : TpmuPublicId
{
    private readonly byte[] _modulus;

    /// <summary>Initializes the modulus.</summary>
    /// <param name="modulus">The modulus, big-endian, at most 512 bytes; copied. Zeros or nothing in a template.</param>
    /// <exception cref="ArgumentException">There are more bytes.</exception>
    public Tpm2bPublicKeyRsa(ReadOnlySpan<byte> modulus)
    {
        FieldSize.Check(modulus, MaximumModulusSize, "A modulus", nameof(modulus));
        _modulus = modulus.ToArray();
    }

    /// <summary>The modulus, big-endian.</summary>
    public ReadOnlyMemory<byte> Modulus => _modulus;

    internal override void Write(ref TpmWriter writer) => writer.WriteSized(_modulus);

    private protected override bool HasContentOf(TpmuPublicId other) => other is Tpm2bPublicKeyRsa same && _modulus.AsSpan().SequenceEqual(same._modulus);

    private protected override void AddContentTo(ref HashCode hash) => hash.AddBytes(_modulus);
}

/// <summary>TPMS_ECC_POINT (TPM 2.0 Library, Part 2, section 11.2.5.2).</summary>
public sealed class TpmsEccPoint : TpmuPublicId
{
    private readonly byte[] _x;
    private readonly byte[] _y;

    /// <summary>Initializes the point.</summary>
    /// <param name="x">The x coordinate, big-endian, at most 66 bytes; copied. Zeros or nothing in a template.</param>
    /// <param name="y">The y coordinate, likewise.</param>
    /// <exception cref="ArgumentException">A coordinate has more bytes.</exception>
    public TpmsEccPoint(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        FieldSize.Check(x, MaximumCoordinateSize, "A coordinate", nameof(x));
        FieldSize.Check(y, MaximumCoordinateSize, "A coordinate", nameof(y));
        _x = x.ToArray();
        _y = y.ToArray();
    }

    /// <summary>The largest coordinate in bytes: that of P-521.</summary>
    public static int MaximumCoordinateSize => 66;

    /// <summary>The x coordinate, big-endian, as long as the TPM gave it.</summary>
    public ReadOnlyMemory<byte> X => _x;

    /// <summary>The y coordinate, big-endian, as long as the TPM gave it.</summary>
    public ReadOnlyMemory<byte> Y => _y;

    /// <summary>The point in terms of .NET. The arrays may be this point's own, and are only for the platform to read.</summary>
    internal ECPoint ToPlatform(int size) => new()
    {
        X = _x.Length == size ? _x : PublicKeys.LeftPad(_x, size),
        Y = _y.Length == size ? _y : PublicKeys.LeftPad(_y, size),
    };

    internal static TpmsEccPoint ReadFields(ref TpmReader reader) => new(
        reader.ReadSized("TPMS_ECC_POINT.x", MaximumCoordinateSize),
        reader.ReadSized("TPMS_ECC_POINT.y", MaximumCoordinateSize));

    internal override void Write(ref TpmWriter writer)
    {
        writer.WriteSized(_x);
        writer.WriteSized(_y);
    }

    private protected override bool HasContentOf(TpmuPublicId other) =>
        other is TpmsEccPoint same && _x.AsSpan().SequenceEqual(same._x) && _y.AsSpan().SequenceEqual(same._y);

    private protected override void AddContentTo(ref HashCode hash)
    {
        hash.AddBytes(_x);
        hash.AddBytes(_y);
    }
}

/// <summary>TPM2B_DIGEST: the unique part of a symmetric object (TPM 2.0 Library, Part 2, section 10.4.2).</summary>
public sealed class Tpm2bDigest : TpmuPublicId
{
    private readonly byte[] _digest;

    /// <summary>Initializes the digest.</summary>
    /// <param name="digest">The digest, at most 64 bytes; copied.</param>
    /// <exception cref="ArgumentException">There are more bytes.</exception>
    public Tpm2bDigest(ReadOnlySpan<byte> digest)
    {
        FieldSize.Check(digest, TpmHash.MaximumDigestSize, "A digest", nameof(digest));
        _digest = digest.ToArray();
    }

    /// <summary>The digest.</summary>
    public ReadOnlyMemory<byte> Digest => _digest;

    internal override void Write(ref TpmWriter writer) => writer.WriteSized(_digest);

    private protected override bool HasContentOf(TpmuPublicId other) => other is Tpm2bDigest same && _digest.AsSpan().SequenceEqual(same._digest);

    private protected override void AddContentTo(ref HashCode hash) => hash.AddBytes(_digest);
}
