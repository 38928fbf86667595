using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_ATTEST: what an attestation key signs (TPM 2.0 Library, Part 2, section 10.12.12).</summary>
/// <remarks>
/// A <see cref="Magic"/> that is not <see cref="TpmGeneratedValue"/> is kept and not refused here: it is for the verifier to refuse with its reason.
/// </remarks>
public sealed class TpmsAttest : ITpmStructure<TpmsAttest>, IEquatable<TpmsAttest>
{
    /// <summary>TPM_GENERATED_VALUE, "\xFFTCG": what only the TPM itself can put in front of what a restricted key signs.</summary>
    public const uint TpmGeneratedValue = 0xFF544347;

    private const int MaximumExtraDataSize = sizeof(ushort) + TpmHash.MaximumDigest;
    private readonly byte[] _extraData;

    /// <summary>Initializes the structure.</summary>
    /// <param name="magic">TPM_GENERATED_VALUE in everything that a TPM made.</param>
    /// <param name="type">The type of the attestation.</param>
    /// <param name="qualifiedSigner">The qualified Name of the key that signs.</param>
    /// <param name="extraData">What the caller of the command gave, such as a nonce, at most 66 bytes; copied.</param>
    /// <param name="clockInfo">The TPM's clock and boot counters.</param>
    /// <param name="firmwareVersion">The TPM's firmware version.</param>
    /// <param name="attested">What is attested, of that type.</param>
    /// <exception cref="ArgumentException"><paramref name="attested"/> is of another type than <paramref name="type"/>, or the extra data have more bytes.</exception>
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
        FieldSize.Check(extraData, MaximumExtraDataSize, "Extra data", nameof(extraData));
        if (!attested.IsOf(type))
        {
            throw new ArgumentException($"What is attested is not of the type 0x{(ushort)type:X4}.", nameof(attested));
        }

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

    /// <summary>Whether all fields are the same.</summary>
    /// <param name="left">An attestation, or null.</param>
    /// <param name="right">An attestation, or null.</param>
    /// <returns>True if they are the same.</returns>
    public static bool operator ==(TpmsAttest? left, TpmsAttest? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">An attestation, or null.</param>
    /// <param name="right">An attestation, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmsAttest? left, TpmsAttest? right) => !(left == right);

    /// <inheritdoc/>
    public static TpmsAttest Read(ref TpmReader reader)
    {
        uint magic = reader.ReadUInt32("TPMS_ATTEST.magic");
        var type = (TpmSt)reader.ReadUInt16("TPMS_ATTEST.type");
        TpmName qualifiedSigner = TpmName.Read(ref reader, "TPMS_ATTEST.qualifiedSigner");
        ReadOnlySpan<byte> extraData = reader.ReadSized("TPMS_ATTEST.extraData", MaximumExtraDataSize);
        TpmsClockInfo clockInfo = TpmsClockInfo.Read(ref reader);
        ulong firmwareVersion = reader.ReadUInt64("TPMS_ATTEST.firmwareVersion");
        return new(magic, type, qualifiedSigner, extraData, clockInfo, firmwareVersion, TpmuAttest.Read(type, ref reader));
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteUInt32(Magic);
        writer.WriteUInt16((ushort)Type);
        QualifiedSigner.Write(ref writer);
        writer.WriteSized(_extraData);
        ClockInfo.Write(ref writer);
        writer.WriteUInt64(FirmwareVersion);
        Attested.Write(ref writer);
    }

    /// <inheritdoc/>
    public bool Equals(TpmsAttest? other) =>
        other is not null
        && Magic == other.Magic
        && Type == other.Type
        && QualifiedSigner == other.QualifiedSigner
        && _extraData.AsSpan().SequenceEqual(other._extraData)
        && ClockInfo == other.ClockInfo
        && FirmwareVersion == other.FirmwareVersion
        && Attested == other.Attested;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TpmsAttest);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Type);
        hash.AddBytes(_extraData);
        hash.Add(ClockInfo);
        hash.Add(Attested);
        return hash.ToHashCode();
    }
}
