namespace HardwareAttestation.Client;

/// <summary>How long a device of <see cref="TpmDevice"/> waits.</summary>
public sealed class TpmDeviceOptions
{
    /// <summary>
    /// How long a TPM may take for one command before its link is dropped, counted from when the command's turn has come; 3 minutes by default,
    /// which leaves room for the slowest key generation. A TPM that hangs never holds a caller for longer. Positive, at most 24 days.
    /// </summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>How long connecting may take, with powering on and starting up a TPM that is emulated; 10 seconds by default. Positive, at most 24 days.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Says which option is wrong and why; null if none is.</summary>
    internal string? FindFault() => FindFault(nameof(CommandTimeout), CommandTimeout) ?? FindFault(nameof(ConnectTimeout), ConnectTimeout);

    // What a timer can wait for.
    private static string? FindFault(string property, TimeSpan timeout) => timeout > TimeSpan.Zero && timeout.TotalMilliseconds <= int.MaxValue
        ? null
        : $"{property} is {timeout}: a timeout of a TPM device is positive and at most 24 days.";
}
