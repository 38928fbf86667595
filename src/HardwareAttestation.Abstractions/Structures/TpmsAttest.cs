using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_ATTEST: what an attestation key signs (TPM 2.0 Library, Part 2, section 10.12.12).</summary>
/// <remarks>
/// A <see cref="Magic"/> that is not <see cref="TpmGeneratedValue"/> is kept and not refused here: it is for the verifier to refuse with its reason.
/// </remarks>
public sealed class TpmsAttest : ITpmStructure<TpmsAttest>
{
    /// <summary>TPM_GENERATED_VALUE, "\xFFTCG": what only the TPM itself can put in front of what a restricted key signs.</summary>
    public const uint TpmGeneratedValue = 0xFF544347;

    private readonly byte[] _extraData;

    /// <summary>Initializes the structure.</summary>
    /// <param name="magic">TPM_GENERATED_VALUE in everything that a TPM made.</param>
    /// <param name="type">The type of the attestation.</param>
    /// <param name="qualifiedSigner">The qualified Name of the key that signs.</param>
    /// <param name="extraData">What the caller of the command gave, such as a nonce; copied.</param>
    /// <param name="clockInfo">The TPM's clock and boot counters.</param>
    /// <param name="firmwareVersion">The TPM's firmware version.</param>
    /// <param name="attested">What is attested.</param>
    public TpmsAttest(
        uint magic,
        TpmSt type,
        TpmName qualifiedSigner,
        ReadOnlySpan<byte> extraData,
        TpmsClockInfo clockInfo,
        ulong firmwareVersion,
        TpmuAttest attested)
    {
        ArgumentNullException.ThrowIfNull(qualifiedSigner);
        ArgumentNullException.ThrowIfNull(attested);
        Magic = magic;
        Type = type;
        QualifiedSigner = qualifiedSigner;
        _extraData = extraData.ToArray();
        ClockInfo = clockInfo;
        FirmwareVersion = firmwareVersion;
        Attested = attested;
    }

    /// <summary><see cref="TpmGeneratedValue"/> in everything that a TPM made.</summary>
    public uint Magic { get; }

    /// <summary>The type of the attestation.</summary>
    public TpmSt Type { get; }

    /// <summary>The qualified Name of the key that signs: a digest over the Names of its ancestors and its own.</summary>
    public TpmName QualifiedSigner { get; }

    /// <summary>What the caller of the command gave, such as a nonce.</summary>
    public ReadOnlyMemory<byte> ExtraData => _extraData;

    /// <summary>The TPM's clock and boot counters; obfuscated for keys outside of the endorsement and platform hierarchies.</summary>
    public TpmsClockInfo ClockInfo { get; }

    /// <summary>The TPM's firmware version, by its maker's own scheme; obfuscated likewise.</summary>
    public ulong FirmwareVersion { get; }

    /// <summary>What is attested.</summary>
    public TpmuAttest Attested { get; }

    /// <inheritdoc/>
    public static TpmsAttest Read(ref TpmReader reader)
    {
        uint magic = reader.ReadUInt32("TPMS_ATTEST.magic");
        var type = (TpmSt)reader.ReadUInt16("TPMS_ATTEST.type");
        TpmName qualifiedSigner = TpmName.Read(ref reader, "TPMS_ATTEST.qualifiedSigner");
        ReadOnlySpan<byte> extraData = reader.ReadSized("TPMS_ATTEST.extraData", sizeof(ushort) + TpmHash.MaximumDigestSize);
        TpmsClockInfo clockInfo = TpmsClockInfo.Read(ref reader);
        ulong firmwareVersion = reader.ReadUInt64("TPMS_ATTEST.firmwareVersion");
        return new(magic, type, qualifiedSigner, extraData, clockInfo, firmwareVersion, TpmuAttest.Read(type, ref reader));
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteUInt32(Magic);
        writer.WriteUInt16((ushort)Type);
        writer.WriteSized(QualifiedSigner.Bytes.Span);
        writer.WriteSized(_extraData);
        ClockInfo.Write(ref writer);
        writer.WriteUInt64(FirmwareVersion);
        Attested.Write(ref writer);
    }
}
