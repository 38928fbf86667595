using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_TIME_INFO: the TPM's time, clock and boot counters (TPM 2.0 Library, Part 2, section 10.11.6).</summary>
/// <param name="Time">Milliseconds since the TPM was last powered on.</param>
/// <param name="ClockInfo">The clock and the boot counters, never obfuscated.</param>
public readonly record struct TpmsTimeInfo(ulong Time, TpmsClockInfo ClockInfo) : ITpmStructure<TpmsTimeInfo>
{
    /// <inheritdoc/>
    public static TpmsTimeInfo Read(ref TpmReader reader) => new(
        reader.ReadUInt64("TPMS_TIME_INFO.time"),
        TpmsClockInfo.Read(ref reader));

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteUInt64(Time);
        ClockInfo.Write(ref writer);
    }
}
