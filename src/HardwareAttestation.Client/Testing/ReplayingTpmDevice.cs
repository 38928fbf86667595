using System.Security.Cryptography;
using HardwareAttestation.Client.Sessions;

namespace HardwareAttestation.Client.Testing;

/// <summary>
/// A TPM that is only a memory of one: answers the commands of a <see cref="TpmTranscript"/> in their order as they were answered then, and refuses any other.
/// </summary>
/// <remarks>
/// What the program does must be what it did: the same calls, with the same challenges, in the same order, and as many clients on the device. With the seed of the transcript an
/// <see cref="AttestationClient"/> then sends the same bytes. Without it, in a redacted transcript, only what needs no session can be replayed: TPM information, PCRs, endorsement keys and certificates.
/// </remarks>
public sealed class ReplayingTpmDevice : ITpmDevice, ISeededDevice
{
    private readonly TpmTranscript _transcript;
    private readonly Lock _playing = new();
    private bool _disposed;
    private uint _clients;

    /// <summary>Initializes the device at the beginning of a transcript.</summary>
    /// <param name="transcript">The transcript.</param>
    public ReplayingTpmDevice(TpmTranscript transcript)
    {
        ArgumentNullException.ThrowIfNull(transcript);
        _transcript = transcript;
        Name = $"replay of {transcript.Device}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool HasResourceManager => _transcript.HasResourceManager;

    /// <summary>How many commands were answered so far.</summary>
    public int Position { get; private set; }

    /// <summary>Whether every command of the transcript was answered.</summary>
    public bool IsAtEnd => Position == _transcript.Exchanges.Count;

    /// <summary>Answers the next command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="response">Where the response is written.</param>
    /// <param name="cancellationToken">Looked at before the command.</param>
    /// <returns>The number of bytes written to <paramref name="response"/>.</returns>
    /// <exception cref="ArgumentException">As with every device.</exception>
    /// <exception cref="TpmDeviceException">The command is not the one that was recorded, the transcript has ended, or the command had no response then; the message says which.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
    {
        try
        {
            TpmHeader.CheckCommand(command.Span);
            cancellationToken.ThrowIfCancellationRequested();
            lock (_playing)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                return new(Answer(command.Span, response.Span));
            }
        }
        catch (Exception exception) when (exception is HardwareAttestationException or ArgumentException or ObjectDisposedException)
        {
            return ValueTask.FromException<int>(exception);
        }
        catch (OperationCanceledException)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_playing)
        {
            _disposed = true;
        }

        return ValueTask.CompletedTask;
    }

    RandomNumberGenerator? ISeededDevice.CreateRandom() =>
        _transcript.Seed.IsEmpty ? null : new SeededRandom(_transcript.Seed, Interlocked.Increment(ref _clients));

    private int Answer(ReadOnlySpan<byte> command, Span<byte> response)
    {
        if (IsAtEnd)
        {
            throw new TpmDeviceException(Name, $"the transcript ends after {Position} commands, and {CommandLayout.NameOf(command)} came: {Convert.ToHexStringLower(command)}");
        }

        TpmExchange exchange = _transcript.Exchanges[Position];
        if (exchange.FindDifference(command) is { } offset)
        {
            throw new TpmDeviceException(Name, Describe(exchange, command, offset));
        }

        if (exchange.Error is null && exchange.Response.Length > response.Length)
        {
            throw new ArgumentException(
                $"The response has {exchange.Response.Length} bytes and the buffer {response.Length}; {TpmHeader.MaxSize} bytes hold every response.", nameof(response));
        }

        Position++;
        exchange.Response.Span.CopyTo(response);
        return exchange.Error is null ? exchange.Response.Length : throw new TpmDeviceException(Name, $"as it was recorded: {exchange.Error}");
    }

    private string Describe(TpmExchange exchange, ReadOnlySpan<byte> command, int offset)
    {
        string message = $"command {Position + 1} of {_transcript.Exchanges.Count} is another than was recorded. Recorded: {CommandLayout.NameOf(exchange.Command.Span)}, "
            + $"{exchange.Command.Length} bytes. Came: {CommandLayout.NameOf(command)}, {command.Length} bytes. They differ first at byte {offset}, in {CommandLayout.PartAt(command, offset)}.\n"
            + $"Recorded: {exchange.CommandText}\nCame:     {Convert.ToHexStringLower(command)}";
        return _transcript.IsRedacted ? $"{message}\nThe transcript is redacted: what needs a session cannot be replayed from it." : message;
    }
}
