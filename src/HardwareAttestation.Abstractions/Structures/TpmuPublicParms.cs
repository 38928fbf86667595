using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMU_PUBLIC_PARMS: the parameters of a public area, by its type (TPM 2.0 Library, Part 2, section 12.2.3.7).</summary>
public abstract record TpmuPublicParms
{
    private protected TpmuPublicParms(TpmAlgId type) => Type = type;

    /// <summary>The type of key that these parameters are for.</summary>
    public TpmAlgId Type { get; }

    internal static TpmuPublicParms Read(TpmAlgId type, ref TpmReader reader) => type switch
    {
        TpmAlgId.Rsa => TpmsRsaParms.ReadFields(ref reader),
        TpmAlgId.Ecc => TpmsEccParms.ReadFields(ref reader),
        TpmAlgId.KeyedHash => TpmsKeyedHashParms.ReadFields(ref reader),
        TpmAlgId.SymCipher => new TpmsSymCipherParms(TpmtSymDef.Read(ref reader)),
        _ => throw new TpmFormatException($"TPMT_PUBLIC.type 0x{(ushort)type:X4} is not a type of key of TPM 2.0."),
    };

    internal abstract void Write(ref TpmWriter writer);
}

/// <summary>TPMS_RSA_PARMS (TPM 2.0 Library, Part 2, section 12.2.3.5).</summary>
/// <param name="Symmetric">The cipher that protects children of a storage key; Null for other keys.</param>
/// <param name="Scheme">The signature or encryption scheme, or Null.</param>
/// <param name="KeyBits">The modulus' size in bits.</param>
/// <param name="Exponent">The public exponent; zero stands for 65537.</param>
public sealed record TpmsRsaParms(TpmtSymDef Symmetric, TpmtScheme Scheme, ushort KeyBits, uint Exponent) : TpmuPublicParms(TpmAlgId.Rsa)
{
    internal static TpmsRsaParms ReadFields(ref TpmReader reader) => new(
        TpmtSymDef.Read(ref reader),
        TpmtScheme.Read(ref reader),
        reader.ReadUInt16("TPMS_RSA_PARMS.keyBits"),
        reader.ReadUInt32("TPMS_RSA_PARMS.exponent"));

    internal override void Write(ref TpmWriter writer)
    {
        Symmetric.Write(ref writer);
        Scheme.Write(ref writer);
        writer.WriteUInt16(KeyBits);
        writer.WriteUInt32(Exponent);
    }
}

/// <summary>TPMS_ECC_PARMS (TPM 2.0 Library, Part 2, section 12.2.3.6).</summary>
/// <param name="Symmetric">The cipher that protects children of a storage key; Null for other keys.</param>
/// <param name="Scheme">The signature or key exchange scheme, or Null.</param>
/// <param name="CurveId">The curve.</param>
/// <param name="Kdf">A key derivation scheme; Null in every key in use.</param>
public sealed record TpmsEccParms(TpmtSymDef Symmetric, TpmtScheme Scheme, TpmEccCurve CurveId, TpmtScheme Kdf) : TpmuPublicParms(TpmAlgId.Ecc)
{
    internal static TpmsEccParms ReadFields(ref TpmReader reader) => new(
        TpmtSymDef.Read(ref reader),
        TpmtScheme.Read(ref reader),
        (TpmEccCurve)reader.ReadUInt16("TPMS_ECC_PARMS.curveID"),
        TpmtScheme.Read(ref reader));

    internal override void Write(ref TpmWriter writer)
    {
        Symmetric.Write(ref writer);
        Scheme.Write(ref writer);
        writer.WriteUInt16((ushort)CurveId);
        Kdf.Write(ref writer);
    }
}

/// <summary>TPMS_KEYEDHASH_PARMS (TPM 2.0 Library, Part 2, section 12.2.3.3).</summary>
/// <param name="Scheme">HMAC with its hash, XOR with its hash, or Null.</param>
/// <param name="Kdf">XOR's key derivation algorithm; <see cref="TpmAlgId.None"/> for every other scheme.</param>
public sealed record TpmsKeyedHashParms(TpmtScheme Scheme, TpmAlgId Kdf) : TpmuPublicParms(TpmAlgId.KeyedHash)
{
    internal static TpmsKeyedHashParms ReadFields(ref TpmReader reader)
    {
        TpmAlgId scheme = reader.ReadAlgorithm("TPMS_KEYEDHASH_PARMS.scheme");
        return scheme switch
        {
            TpmAlgId.Null => new(TpmtScheme.Null, TpmAlgId.None),
            TpmAlgId.Hmac => new(new TpmtScheme(scheme, reader.ReadAlgorithm("TPMS_KEYEDHASH_PARMS.hashAlg")), TpmAlgId.None),
            TpmAlgId.Xor => new(
                new TpmtScheme(scheme, reader.ReadAlgorithm("TPMS_KEYEDHASH_PARMS.hashAlg")),
                reader.ReadAlgorithm("TPMS_KEYEDHASH_PARMS.kdf")),
            _ => throw new TpmFormatException($"TPMS_KEYEDHASH_PARMS.scheme 0x{(ushort)scheme:X4} is not HMAC, XOR or NULL."),
        };
    }

    internal override void Write(ref TpmWriter writer)
    {
        Scheme.Write(ref writer);
        if (Scheme.Scheme == TpmAlgId.Xor)
        {
            writer.WriteAlgorithm(Kdf);
        }
    }
}

/// <summary>TPMS_SYMCIPHER_PARMS (TPM 2.0 Library, Part 2, section 11.1.9).</summary>
/// <param name="Symmetric">The cipher.</param>
public sealed record TpmsSymCipherParms(TpmtSymDef Symmetric) : TpmuPublicParms(TpmAlgId.SymCipher)
{
    internal override void Write(ref TpmWriter writer) => Symmetric.Write(ref writer);
}
