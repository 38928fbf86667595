namespace HardwareAttestation;

/// <summary>
/// A TPM 2.0 that takes one command and gives one response: the seam behind which a hardware TPM, a simulator or another TPM stack stands.
/// </summary>
/// <remarks>
/// <para>Commands and responses are complete TPM 2.0 byte strings, big-endian, beginning with the ten-byte header
/// (TPM 2.0 Library, Part 1, section 18.1). The device adds and removes only the framing of its own transport.</para>
/// <para>Implementations are safe to share between threads: they run one command at a time, in the order in which the calls were made.</para>
/// <para>A command has 10 to 4096 bytes (<see cref="Wire.TpmWire.MaximumSize"/>), and so has a response. An implementer keeps three promises: the size field of what is
/// returned is the number that is returned; what is not one whole response is answered with <see cref="TpmDeviceException"/> and never handed on; and neither buffer
/// is touched after the task has ended. Nothing else of the bytes is a device's business. <see cref="Wire.TpmHeader"/> reads and writes headers, and
/// <see cref="DelegatingTpmDevice"/> is a device in front of another.</para>
/// <para>A device may connect on its first command, and connect again after its link broke. Transient handles do not always survive that.</para>
/// </remarks>
public interface ITpmDevice : IAsyncDisposable
{
    /// <summary>The device in words, as it stands in log lines and error messages, e.g. <c>device:/dev/tpmrm0</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether a resource manager stands between this device and the TPM, so that each client sees handles and sessions of its own
    /// and the TPM's few slots are swapped for it (<c>/dev/tpmrm0</c>, Windows TBS).
    /// </summary>
    bool HasResourceManager { get; }

    /// <summary>Sends one command and receives its response.</summary>
    /// <param name="command">The whole command, 10 to 4096 bytes, and nothing after it. It may be reused as soon as the returned task has ended.</param>
    /// <param name="response">
    /// Where the response is written; 4096 bytes hold every response of a TPM. Nothing is written to it after the returned task has ended.
    /// </param>
    /// <param name="cancellationToken">
    /// Cancels the wait. A command that was already sent is not undone: its late response is discarded, or the link is dropped,
    /// and is never taken for the answer to another command.
    /// </param>
    /// <returns>The number of bytes written to <paramref name="response"/>. The response's own code may still be an error of the TPM.</returns>
    /// <exception cref="ArgumentException">The command is shorter than a header or longer than 4096 bytes, its size field is not its length,
    /// or the response does not fit into <paramref name="response"/>.</exception>
    /// <exception cref="TpmDeviceException">The device could not be opened, the link broke, or what came back is not a TPM response.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default);
}
