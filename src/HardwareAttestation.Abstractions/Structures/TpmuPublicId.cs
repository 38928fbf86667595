using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMU_PUBLIC_ID: the unique part of a public area, by its type (TPM 2.0 Library, Part 2, section 12.2.3.2).</summary>
public abstract class TpmuPublicId
{
    /// <summary>The largest RSA modulus that is read, in bytes: 4096 bits.</summary>
    public const int MaximumModulusSize = 512;

    private protected TpmuPublicId()
    {
    }

    internal static TpmuPublicId Read(TpmAlgId type, ref TpmReader reader) => type switch
    {
        TpmAlgId.Rsa => new Tpm2bPublicKeyRsa(reader.ReadSized("TPM2B_PUBLIC_KEY_RSA", MaximumModulusSize)),
        TpmAlgId.Ecc => TpmsEccPoint.ReadFields(ref reader),
        _ => new Tpm2bDigest(reader.ReadSized("TPMT_PUBLIC.unique", TpmHash.MaximumDigestSize)),
    };

    internal abstract void Write(ref TpmWriter writer);
}

/// <summary>TPM2B_PUBLIC_KEY_RSA: a modulus (TPM 2.0 Library, Part 2, section 11.2.4.5).</summary>
public sealed class Tpm2bPublicKeyRsa : TpmuPublicId
{
    private readonly byte[] _modulus;

    /// <summary>Initializes the modulus.</summary>
    /// <param name="modulus">The modulus, big-endian; copied. Zeros or nothing in a template.</param>
    public Tpm2bPublicKeyRsa(ReadOnlySpan<byte> modulus) => _modulus = modulus.ToArray();

    /// <summary>The modulus, big-endian.</summary>
    public ReadOnlyMemory<byte> Modulus => _modulus;

    internal override void Write(ref TpmWriter writer) => writer.WriteSized(_modulus);
}

/// <summary>TPMS_ECC_POINT (TPM 2.0 Library, Part 2, section 11.2.5.2).</summary>
public sealed class TpmsEccPoint : TpmuPublicId
{
    /// <summary>The largest coordinate in bytes: that of P-521.</summary>
    public const int MaximumCoordinateSize = 66;

    private readonly byte[] _x;
    private readonly byte[] _y;

    /// <summary>Initializes the point.</summary>
    /// <param name="x">The x coordinate, big-endian; copied. Zeros or nothing in a template.</param>
    /// <param name="y">The y coordinate, likewise.</param>
    public TpmsEccPoint(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        _x = x.ToArray();
        _y = y.ToArray();
    }

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
}

/// <summary>TPM2B_DIGEST: the unique part of a symmetric object (TPM 2.0 Library, Part 2, section 10.4.2).</summary>
public sealed class Tpm2bDigest : TpmuPublicId
{
    private readonly byte[] _digest;

    /// <summary>Initializes the digest.</summary>
    /// <param name="digest">The digest; copied.</param>
    public Tpm2bDigest(ReadOnlySpan<byte> digest) => _digest = digest.ToArray();

    /// <summary>The digest.</summary>
    public ReadOnlyMemory<byte> Digest => _digest;

    internal override void Write(ref TpmWriter writer) => writer.WriteSized(_digest);
}
