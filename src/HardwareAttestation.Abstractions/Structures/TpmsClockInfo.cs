using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_CLOCK_INFO: the TPM's clock and boot counters (TPM 2.0 Library, Part 2, section 10.11.1).</summary>
/// <param name="Clock">Milliseconds that the TPM has been powered; it is not set back by a reboot.</param>
/// <param name="ResetCount">How many TPM Resets, which are cold boots, there were since the TPM was last cleared.</param>
/// <param name="RestartCount">How many TPM Restarts or Resumes there were since the last TPM Reset.</param>
/// <param name="Safe">Whether no higher clock was reported before: false after power was lost without TPM2_Shutdown.</param>
public readonly record struct TpmsClockInfo(ulong Clock, uint ResetCount, uint RestartCount, bool Safe) : ITpmStructure<TpmsClockInfo>
{
    /// <inheritdoc/>
    public static TpmsClockInfo Read(ref TpmReader reader) => new(
        reader.ReadUInt64("TPMS_CLOCK_INFO.clock"),
        reader.ReadUInt32("TPMS_CLOCK_INFO.resetCount"),
        reader.ReadUInt32("TPMS_CLOCK_INFO.restartCount"),
        reader.ReadYesNo("TPMS_CLOCK_INFO.safe"));

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteUInt64(Clock);
        writer.WriteUInt32(ResetCount);
        writer.WriteUInt32(RestartCount);
        writer.WriteYesNo(Safe);
    }
}
