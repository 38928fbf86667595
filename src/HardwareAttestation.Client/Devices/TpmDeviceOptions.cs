namespace HardwareAttestation.Client;

/// <summary>How long a device of <see cref="TpmDevice"/> waits.</summary>
public sealed class TpmDeviceOptions
{
    /// <summary>
    /// How long a TPM may take for one command before its link is dropped, counted from when the command's turn has come; 3 minutes by default,
    /// which leaves room for the slowest key generation. A TPM that hangs never holds a caller for longer. Positive, at most 24 days.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or too long.</exception>
    public TimeSpan CommandTimeout
    {
        get;
        init => field = Check(value);
    } = TimeSpan.FromMinutes(3);

    /// <summary>How long connecting may take, with powering on and starting up a TPM that is emulated; 10 seconds by default. Positive, at most 24 days.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or too long.</exception>
    public TimeSpan ConnectTimeout
    {
        get;
        init => field = Check(value);
    } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a time is one that a timer can wait for.</summary>
    internal static bool IsTimeout(TimeSpan value) => value > TimeSpan.Zero && value.TotalMilliseconds <= int.MaxValue;

    private static TimeSpan Check(TimeSpan value) =>
        IsTimeout(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A timeout of a TPM device is positive and at most 24 days.");
}
