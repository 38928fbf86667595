using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>
/// A signature, encryption or key derivation scheme: TPMT_SIG_SCHEME, TPMT_RSA_SCHEME, TPMT_ECC_SCHEME, TPMT_KDF_SCHEME
/// (TPM 2.0 Library, Part 2, sections 11.2.1 to 11.2.5), which share one wire form.
/// </summary>
/// <param name="Scheme">The scheme, or <see cref="TpmAlgId.Null"/> for none; <see cref="TpmAlgId.None"/>, which no TPM sends, reads as Null.</param>
/// <param name="HashAlg">The scheme's hash algorithm; <see cref="TpmAlgId.None"/> where the scheme has none.</param>
/// <param name="Count">ECDAA's counter; zero for every other scheme.</param>
public readonly record struct TpmtScheme(TpmAlgId Scheme, TpmAlgId HashAlg = TpmAlgId.None, ushort Count = 0) : ITpmStructure<TpmtScheme>
{
    /// <summary>The scheme, or <see cref="TpmAlgId.Null"/> for none.</summary>
    public TpmAlgId Scheme { get => field == TpmAlgId.None ? TpmAlgId.Null : field; init; } = Scheme;

    /// <summary>No scheme.</summary>
    public static TpmtScheme Null => new(TpmAlgId.Null);

    /// <inheritdoc/>
    public static TpmtScheme Read(ref TpmReader reader)
    {
        TpmAlgId scheme = reader.ReadAlgorithm("scheme");
        switch (scheme)
        {
            case TpmAlgId.Null or TpmAlgId.RsaEs:
                return new(scheme);
            case TpmAlgId.RsaSsa or TpmAlgId.RsaPss or TpmAlgId.Oaep or TpmAlgId.EcDsa or TpmAlgId.EcDh or TpmAlgId.Sm2
                or TpmAlgId.EcSchnorr or TpmAlgId.EcMqv or TpmAlgId.Hmac or TpmAlgId.Mgf1 or TpmAlgId.Kdf1Sp80056A
                or TpmAlgId.Kdf2 or TpmAlgId.Kdf1Sp800108:
                return new(scheme, reader.ReadAlgorithm("scheme.hashAlg"));
            case TpmAlgId.EcDaa:
                return new(scheme, reader.ReadAlgorithm("scheme.hashAlg"), reader.ReadUInt16("scheme.count"));
            default:
                throw new TpmFormatException($"0x{(ushort)scheme:X4} is not a signature, encryption or key derivation scheme of TPM 2.0.");
        }
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteAlgorithm(Scheme);
        if (Scheme is TpmAlgId.Null or TpmAlgId.RsaEs)
        {
            return;
        }

        writer.WriteAlgorithm(HashAlg);
        if (Scheme == TpmAlgId.EcDaa)
        {
            writer.WriteUInt16(Count);
        }
    }

    /// <summary>Whether scheme, hash algorithm and counter are the same.</summary>
    /// <param name="other">Another scheme.</param>
    /// <returns>True if they are.</returns>
    public bool Equals(TpmtScheme other) => Scheme == other.Scheme && HashAlg == other.HashAlg && Count == other.Count;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Scheme, HashAlg, Count);
}
