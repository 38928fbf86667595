using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMT_SIGNATURE: a signature by RSASSA, RSAPSS or ECDSA (TPM 2.0 Library, Part 2, section 11.3.4).</summary>
public abstract class TpmtSignature : ITpmStructure<TpmtSignature>
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
    public byte[] ToArray() => TpmWire.ToArray<TpmtSignature>(this);

    internal abstract void WriteValue(ref TpmWriter writer);
}

/// <summary>TPMS_SIGNATURE_RSA (TPM 2.0 Library, Part 2, section 11.3.1).</summary>
public sealed class TpmsSignatureRsa : TpmtSignature
{
    private readonly byte[] _sig;

    /// <summary>Initializes the signature.</summary>
    /// <param name="sigAlg">RSASSA or RSAPSS.</param>
    /// <param name="hashAlg">The hash algorithm.</param>
    /// <param name="sig">The signature, big-endian, as long as the modulus; copied.</param>
    public TpmsSignatureRsa(TpmAlgId sigAlg, TpmAlgId hashAlg, ReadOnlySpan<byte> sig)
        : base(sigAlg, hashAlg) => _sig = sig.ToArray();

    /// <summary>The signature, big-endian.</summary>
    public ReadOnlyMemory<byte> Sig => _sig;

    internal override void WriteValue(ref TpmWriter writer) => writer.WriteSized(_sig);
}

/// <summary>TPMS_SIGNATURE_ECC (TPM 2.0 Library, Part 2, section 11.3.2).</summary>
public sealed class TpmsSignatureEcc : TpmtSignature
{
    private readonly byte[] _values;
    private readonly int _sizeOfR;

    /// <summary>Initializes the signature.</summary>
    /// <param name="sigAlg">ECDSA.</param>
    /// <param name="hashAlg">The hash algorithm.</param>
    /// <param name="signatureR">r, big-endian; copied.</param>
    /// <param name="signatureS">s, big-endian; copied.</param>
    public TpmsSignatureEcc(TpmAlgId sigAlg, TpmAlgId hashAlg, ReadOnlySpan<byte> signatureR, ReadOnlySpan<byte> signatureS)
        : base(sigAlg, hashAlg)
    {
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
}
