using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using HardwareAttestation.Client.Sessions;

namespace HardwareAttestation.Client.Testing;

/// <summary>
/// A device in front of another that writes a <see cref="TpmTranscript"/> of what passes, so that what went wrong on a machine can be looked at, and with secrets replayed, elsewhere.
/// </summary>
/// <remarks>
/// <para>Without secrets, which is the default, each line is redacted before it is written (<see cref="TpmTranscript.Redact"/>), and nothing else is different from a client without
/// recording. With secrets, the <see cref="AttestationClient"/> that is given this device draws its nonces and salts from a seed of 256 bits, made by the platform's generator for this
/// recording alone and written into its first line: sessions are as strong as ever against everybody who has not the transcript. The client must be given this device itself, and not
/// another in front of it.</para>
/// <para>A line is written and flushed before the caller gets the answer. An output that fails ends the recording, and not the work (<see cref="Fault"/>).</para>
/// </remarks>
[SuppressMessage("Reliability", "CA2213:Disposable fields should be disposed",
    Justification = "Callers may be waiting at the gate while the device is disposed; it owns no handle as long as nobody asks for one.")]
public sealed class RecordingTpmDevice : ITpmDevice, ISeededDevice
{
    private readonly ITpmDevice _inner;
    private readonly TextWriter _output;
    private readonly bool _ownsInner;
    private readonly bool _ownsOutput;
    private readonly byte[]? _seed;

    // Keeps the lines in the order in which the commands were run.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _writing = new();
    private bool _isClosed;
    private uint _clients;

    /// <summary>Begins a recording.</summary>
    /// <param name="inner">The device; it is disposed of with this one, unless the options leave it open.</param>
    /// <param name="output">Where to write the transcript; it is disposed of with this device, unless the options leave it open.</param>
    /// <param name="options">What is recorded, and what is disposed of; null for no secrets, and both.</param>
    public RecordingTpmDevice(ITpmDevice inner, TextWriter output, RecordingTpmDeviceOptions? options = null)
        : this(inner, output, options, ownsOutput: options is not { LeaveOpen: true })
    {
    }

    private RecordingTpmDevice(ITpmDevice inner, TextWriter output, RecordingTpmDeviceOptions? options, bool ownsOutput)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(output);
        _inner = inner;
        _output = output;
        _ownsInner = options is not { LeaveOpen: true };
        _ownsOutput = ownsOutput;
        _seed = options is { RecordSecrets: true } ? RandomNumberGenerator.GetBytes(TranscriptText.SeedSize) : null;
        Write(() => TranscriptText.WriteHead(_output, inner.Name, inner.HasResourceManager, _seed, isRedacted: _seed is null));
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public bool HasResourceManager => _inner.HasResourceManager;

    /// <summary>Why the recording ended before the device did; null if it did not.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Begins a recording in a new file, which only its owner may read where the system knows owners.</summary>
    /// <param name="inner">The device; it is disposed of with the one that is returned, unless the options leave it open.</param>
    /// <param name="path">The file. There must be none.</param>
    /// <param name="options">What is recorded, and what is disposed of; null for no secrets, and the device.</param>
    /// <returns>The device that records. The file is closed when it is disposed of.</returns>
    /// <exception cref="IOException">There is such a file, or it cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not create it.</exception>
    public static RecordingTpmDevice ToFile(ITpmDevice inner, string path, RecordingTpmDeviceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return new RecordingTpmDevice(inner, TranscriptText.CreateFile(path), options, ownsOutput: true);
    }

    /// <inheritdoc/>
    public async ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
    {
        TpmHeader.CheckCommand(command.Span);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isClosed), this);
            int size = await _inner.ExecuteAsync(command, response, cancellationToken).ConfigureAwait(false);
            TpmHeader.CheckResponse(response.Span[..size], Name);
            Record(new TpmExchange(PartlyHiddenBytes.Of(command.Span), PartlyHiddenBytes.Of(response.Span[..size]), null));
            return size;
        }
        catch (Exception exception) when (exception is not ObjectDisposedException)
        {
            Record(new TpmExchange(PartlyHiddenBytes.Of(command.Span), null, exception.Message));
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the recording, and disposes of the device and the output, unless they are to stay open.</summary>
    /// <returns>When that is done.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_ownsInner)
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
        }

        lock (_writing)
        {
            if (!_isClosed)
            {
                Volatile.Write(ref _isClosed, true);
                CryptographicOperations.ZeroMemory(_seed);
                if (_ownsOutput)
                {
                    _output.Dispose();
                }
            }
        }
    }

    RandomNumberGenerator? ISeededDevice.CreateRandom() => _seed is null ? null : new SeededRandom(_seed, Interlocked.Increment(ref _clients));

    private void Record(TpmExchange exchange) => Write(() => TranscriptText.Write(_output, _seed is null ? exchange.Redact() : exchange));

    private void Write(Action write)
    {
        lock (_writing)
        {
            if (_isClosed || Fault is not null)
            {
                return;
            }

            try
            {
                write();
                _output.Flush();
            }
#pragma warning disable CA1031 // Whatever a writer throws: the TPM has done what it was asked for, and its answer must not be lost.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Fault = exception;
            }
        }
    }
}
