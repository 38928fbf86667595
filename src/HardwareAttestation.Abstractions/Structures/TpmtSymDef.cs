using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMT_SYM_DEF_OBJECT and TPMT_SYM_DEF: a symmetric algorithm (TPM 2.0 Library, Part 2, sections 11.1.6 and 11.1.7).</summary>
/// <param name="Algorithm">The cipher, or <see cref="TpmAlgId.Null"/> for none; <see cref="TpmAlgId.None"/>, which no TPM sends, reads as Null.</param>
/// <param name="KeyBits">The key's size in bits; zero without a cipher.</param>
/// <param name="Mode">The mode of operation; <see cref="TpmAlgId.None"/> without a cipher.</param>
public readonly record struct TpmtSymDef(TpmAlgId Algorithm, ushort KeyBits, TpmAlgId Mode) : ITpmStructure<TpmtSymDef>
{
    /// <summary>The cipher, or <see cref="TpmAlgId.Null"/> for none.</summary>
    public TpmAlgId Algorithm { get => field == TpmAlgId.None ? TpmAlgId.Null : field; init; } = Algorithm;

    /// <summary>No symmetric algorithm.</summary>
    public static TpmtSymDef Null => new(TpmAlgId.Null, 0, TpmAlgId.None);

    /// <summary>AES-128 in CFB mode.</summary>
    public static TpmtSymDef Aes128Cfb => new(TpmAlgId.Aes, 128, TpmAlgId.Cfb);

    /// <summary>AES-256 in CFB mode.</summary>
    public static TpmtSymDef Aes256Cfb => new(TpmAlgId.Aes, 256, TpmAlgId.Cfb);

    /// <inheritdoc/>
    public static TpmtSymDef Read(ref TpmReader reader)
    {
        TpmAlgId algorithm = reader.ReadAlgorithm("TPMT_SYM_DEF.algorithm");
        return algorithm switch
        {
            TpmAlgId.Null => Null,
            TpmAlgId.Aes or TpmAlgId.Sm4 or TpmAlgId.Camellia or TpmAlgId.Tdes => new(
                algorithm,
                reader.ReadUInt16("TPMT_SYM_DEF.keyBits"),
                reader.ReadAlgorithm("TPMT_SYM_DEF.mode")),
            _ => throw new TpmFormatException($"TPMT_SYM_DEF.algorithm 0x{(ushort)algorithm:X4} is not a symmetric cipher of TPM 2.0."),
        };
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteAlgorithm(Algorithm);
        if (Algorithm != TpmAlgId.Null)
        {
            writer.WriteUInt16(KeyBits);
            writer.WriteAlgorithm(Mode);
        }
    }

    /// <summary>Whether cipher, size and mode are the same.</summary>
    /// <param name="other">Another definition.</param>
    /// <returns>True if they are.</returns>
    public bool Equals(TpmtSymDef other) => Algorithm == other.Algorithm && KeyBits == other.KeyBits && Mode == other.Mode;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Algorithm, KeyBits, Mode);
}
