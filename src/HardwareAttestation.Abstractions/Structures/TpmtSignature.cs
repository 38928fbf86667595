using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMT_SIGNATURE: a signature by RSASSA, RSAPSS or ECDSA (TPM 2.0 Library, Part 2, section 11.3.4). Compared by kind and content.</summary>
public abstract class TpmtSignature : ITpmStructure<TpmtSignature>, IEquatable<TpmtSignature>
{
    private protected TpmtSignature(TpmAlgId sigAlg, TpmAlgId hashAlg)
    {
        SigAlg = sigAlg;
        HashAlg = hashAlg;
    }

    /// <summary>The signature algorithm that the signature names. A verifier takes the algorithm from the key instead, and compares.</summary>
    public TpmAlgId SigAlg { get; }

    /// <summary>The hash algorithm that the signature names; likewise.</summary>
    public TpmAlgId HashAlg { get; }

    /// <summary>Whether both name the same algorithms and have the same bytes, leading zeros included.</summary>
    /// <param name="left">A signature, or null.</param>
    /// <param name="right">A signature, or null.</param>
    /// <returns>True if they are the same.</returns>
    public static bool operator ==(TpmtSignature? left, TpmtSignature? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">A signature, or null.</param>
    /// <param name="right">A signature, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmtSignature? left, TpmtSignature? right) => !(left == right);

    /// <inheritdoc/>
    public static TpmtSignature Read(ref TpmReader reader)
    {
        TpmAlgId sigAlg = reader.ReadAlgorithm("TPMT_SIGNATURE.sigAlg");
        if (sigAlg is not (TpmAlgId.RsaSsa or TpmAlgId.RsaPss or TpmAlgId.EcDsa))
        {
            throw new TpmFormatException($"TPMT_SIGNATURE.sigAlg 0x{(ushort)sigAlg:X4} is not RSASSA, RSAPSS or ECDSA.");
        }

        TpmAlgId hashAlg = reader.ReadAlgorithm("TPMT_SIGNATURE.hashAlg");
        return sigAlg == TpmAlgId.EcDsa
            ? new TpmsSignatureEcc(
                sigAlg,
                hashAlg,
                reader.ReadSized("TPMS_SIGNATURE_ECC.signatureR", TpmsEccPoint.MaximumCoordinateSize),
                reader.ReadSized("TPMS_SIGNATURE_ECC.signatureS", TpmsEccPoint.MaximumCoordinateSize))
            : new TpmsSignatureRsa(sigAlg, hashAlg, reader.ReadSized("TPMS_SIGNATURE_RSA.sig", TpmuPublicId.MaximumModulusSize));
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteAlgorithm(SigAlg);
        writer.WriteAlgorithm(HashAlg);
        WriteValue(ref writer);
    }

    /// <summary>Writes the signature.</summary>
    /// <returns>TPMT_SIGNATURE in wire form.</returns>
    public byte[] Encode() => TpmWire.Encode<TpmtSignature>(this);

    /// <summary>Writes the signature with a UINT16 size in front.</summary>
    /// <returns>The size and TPMT_SIGNATURE in wire form.</returns>
    public byte[] EncodeSized() => TpmWire.EncodeSized<TpmtSignature>(this);

    /// <summary>Gives the signature in the form that <see cref="ECDsa"/>, <see cref="RSA"/> and everybody else take, for instance in a JSON Web Token (RFC 7518, section 3).</summary>
    /// <param name="key">The public area of the key that signed: it says how wide r and s are.</param>
    /// <param name="format">The form of an ECDSA signature; an RSA signature has but one.</param>
    /// <returns>r and s, each filled up with zeros to the curve's width, or their DER form; of an RSA key the signature as it is.</returns>
    /// <exception cref="ArgumentException">
    /// The numbers are not those of a key (<see cref="PublicKeys.FindFault"/> says why), the signature is not of such a key, or the format is not one that .NET has.
    /// </exception>
    public byte[] ToSignatureBytes(TpmtPublic key, DSASignatureFormat format = DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (PublicKeys.FindFault(key) is { } fault)
        {
            throw new ArgumentException(fault, nameof(key));
        }

        return ToSignatureBytesCore(key, format);
    }

    /// <inheritdoc/>
    public bool Equals(TpmtSignature? other) => other is not null && GetType() == other.GetType() && SigAlg == other.SigAlg && HashAlg == other.HashAlg && HasContentOf(other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as TpmtSignature);

    /// <inheritdoc/>
    public sealed override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(SigAlg);
        hash.Add(HashAlg);
        AddContentTo(ref hash);
        return hash.ToHashCode();
    }

    internal abstract void WriteValue(ref TpmWriter writer);

    /// <param name="other">Of this object's own class.</param>
    private protected abstract bool HasContentOf(TpmtSignature other);

    private protected abstract void AddContentTo(ref HashCode hash);

    private protected abstract byte[] ToSignatureBytesCore(TpmtPublic key, DSASignatureFormat format);
}

/// <summary>TPMS_SIGNATURE_RSA (TPM 2.0 Library, Part 2, section 11.3.1).</summary>
public sealed class TpmsSignatureRsa : TpmtSignature
{
    private readonly byte[] _sig;

    /// <summary>Initializes the signature.</summary>
    /// <param name="sigAlg">RSASSA or RSAPSS.</param>
    /// <param name="hashAlg">The hash algorithm.</param>
    /// <param name="sig">The signature, big-endian, as long as the modulus, at most 512 bytes; copied.</param>
    /// <exception cref="ArgumentException">The algorithm is another, or the signature has more bytes.</exception>
    public TpmsSignatureRsa(TpmAlgId sigAlg, TpmAlgId hashAlg, ReadOnlySpan<byte> sig)
        : base(sigAlg, hashAlg)
    {
        if (sigAlg is not (TpmAlgId.RsaSsa or TpmAlgId.RsaPss))
        {
            throw new ArgumentException($"0x{(ushort)sigAlg:X4} is not RSASSA or RSAPSS.", nameof(sigAlg));
        }

        FieldSize.Check(sig, TpmuPublicId.MaximumModulusSize, "An RSA signature", nameof(sig));
        _sig = sig.ToArray();
    }

    /// <summary>The signature, big-endian.</summary>
    public ReadOnlyMemory<byte> Sig => _sig;

    internal override void WriteValue(ref TpmWriter writer) => writer.WriteSized(_sig);

    private protected override bool HasContentOf(TpmtSignature other) => other is TpmsSignatureRsa same && _sig.AsSpan().SequenceEqual(same._sig);

    private protected override void AddContentTo(ref HashCode hash) => hash.AddBytes(_sig);

    private protected override byte[] ToSignatureBytesCore(TpmtPublic key, DSASignatureFormat format) =>
        key.Parameters is TpmsRsaParms rsa && _sig.Length == rsa.KeyBits / 8
            ? [.. _sig]
            : throw new ArgumentException("The RSA signature is not of this key.", nameof(key));
}

/// <summary>TPMS_SIGNATURE_ECC (TPM 2.0 Library, Part 2, section 11.3.2).</summary>
public sealed class TpmsSignatureEcc : TpmtSignature
{
    private readonly byte[] _values;
    private readonly int _sizeOfR;

    /// <summary>Initializes the signature.</summary>
    /// <param name="sigAlg">ECDSA.</param>
    /// <param name="hashAlg">The hash algorithm.</param>
    /// <param name="signatureR">r, big-endian, at most 66 bytes; copied.</param>
    /// <param name="signatureS">s, likewise.</param>
    /// <exception cref="ArgumentException">The algorithm is another, or r or s has more bytes.</exception>
    public TpmsSignatureEcc(TpmAlgId sigAlg, TpmAlgId hashAlg, ReadOnlySpan<byte> signatureR, ReadOnlySpan<byte> signatureS)
        : base(sigAlg, hashAlg)
    {
        if (sigAlg != TpmAlgId.EcDsa)
        {
            throw new ArgumentException($"0x{(ushort)sigAlg:X4} is not ECDSA.", nameof(sigAlg));
        }

        FieldSize.Check(signatureR, TpmsEccPoint.MaximumCoordinateSize, "A number of an ECDSA signature", nameof(signatureR));
        FieldSize.Check(signatureS, TpmsEccPoint.MaximumCoordinateSize, "A number of an ECDSA signature", nameof(signatureS));
        _values = [.. signatureR, .. signatureS];
        _sizeOfR = signatureR.Length;
    }

    /// <summary>r, big-endian, as long as the TPM gave it.</summary>
    public ReadOnlyMemory<byte> SignatureR => _values.AsMemory(0, _sizeOfR);

    /// <summary>s, big-endian, as long as the TPM gave it.</summary>
    public ReadOnlyMemory<byte> SignatureS => _values.AsMemory(_sizeOfR);

    internal override void WriteValue(ref TpmWriter writer)
    {
        writer.WriteSized(SignatureR.Span);
        writer.WriteSized(SignatureS.Span);
    }

    private protected override bool HasContentOf(TpmtSignature other) =>
        other is TpmsSignatureEcc same && _sizeOfR == same._sizeOfR && _values.AsSpan().SequenceEqual(same._values);

    private protected override void AddContentTo(ref HashCode hash) => hash.AddBytes(_values);

    private protected override byte[] ToSignatureBytesCore(TpmtPublic key, DSASignatureFormat format)
    {
        if (key.Parameters is not TpmsEccParms ecc
            || !PublicKeys.TryGetCurve(ecc.CurveId, out _, out int size)
            || SignatureR.Length > size
            || SignatureS.Length > size)
        {
            throw new ArgumentException("The ECDSA signature is not of this key.", nameof(key));
        }

        switch (format)
        {
            case DSASignatureFormat.IeeeP1363FixedFieldConcatenation:
                return [.. PublicKeys.LeftPad(SignatureR.Span, size), .. PublicKeys.LeftPad(SignatureS.Span, size)];
            case DSASignatureFormat.Rfc3279DerSequence:
                byte[] der = new byte[DerIntegers.MaximumSize(size, size)];
                return der[..DerIntegers.WritePair(der, SignatureR.Span, SignatureS.Span)];
            default:
                throw new ArgumentException($"The format {format} is not one of an ECDSA signature.", nameof(format));
        }
    }
}
