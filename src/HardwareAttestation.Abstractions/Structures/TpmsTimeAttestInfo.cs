using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_TIME_ATTEST_INFO: what TPM2_GetTime attests (TPM 2.0 Library, Part 2, section 10.12.2).</summary>
public sealed class TpmsTimeAttestInfo : TpmuAttest
{
    /// <summary>Initializes the structure.</summary>
    /// <param name="time">The time, the clock and the boot counters.</param>
    /// <param name="firmwareVersion">The TPM's firmware version.</param>
    public TpmsTimeAttestInfo(TpmsTimeInfo time, ulong firmwareVersion)
    {
        Time = time;
        FirmwareVersion = firmwareVersion;
    }

    /// <summary>The time, the clock and the boot counters.</summary>
    public TpmsTimeInfo Time { get; }

    /// <summary>The TPM's firmware version, by its maker's own scheme; never obfuscated.</summary>
    public ulong FirmwareVersion { get; }

    internal override bool IsOf(TpmSt type) => type == TpmSt.AttestTime;

    internal static TpmsTimeAttestInfo ReadFields(ref TpmReader reader) => new(
        TpmsTimeInfo.Read(ref reader),
        reader.ReadUInt64("TPMS_TIME_ATTEST_INFO.firmwareVersion"));

    internal override void Write(ref TpmWriter writer)
    {
        Time.Write(ref writer);
        writer.WriteUInt64(FirmwareVersion);
    }

    private protected override bool HasContentOf(TpmuAttest other) =>
        other is TpmsTimeAttestInfo same && Time == same.Time && FirmwareVersion == same.FirmwareVersion;

    private protected override void AddContentTo(ref HashCode hash)
    {
        hash.Add(Time);
        hash.Add(FirmwareVersion);
    }
}
