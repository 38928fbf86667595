using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace HardwareAttestation.Client;

/// <summary>What all devices have in common: the queue, cancellation, timeouts, connecting again and disposal, over any transport.</summary>
/// <remarks>
/// Whoever holds the gate owns the buffers and the link. A caller that is cancelled after its command was sent leaves the gate to the exchange,
/// which goes on alone until its response is in or the link is dropped, so that no later command can meet that response.
/// </remarks>
[SuppressMessage("Reliability", "CA2213:Disposable fields should be disposed",
    Justification = "Callers may be waiting at the gate while the device is disposed; it owns no handle as long as nobody asks for one.")]
internal sealed class QueuedTpmDevice : ITpmDevice
{
    // Enough for an exchange to see that it was aborted; a transport that hangs even then is left behind.
    private static readonly TimeSpan DisposalPatience = TimeSpan.FromSeconds(2);

    // TPM2_Startup(TPM_SU_CLEAR).
    private static readonly byte[] StartupClear = [0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0];

    private readonly ITpmTransport _transport;
    private readonly TimeSpan _commandTimeout;
    private readonly TimeSpan _connectTimeout;
    private readonly TimeProvider _time;

    // Asynchronous waiters of a SemaphoreSlim are served in the order in which they came.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _lifetime = new();
    private readonly byte[] _command = new byte[TpmHeader.MaxSize];
    private CancellationTokenSource? _abort;
    private CancellationTokenRegistration _abortAtEnd;
    private TpmLink? _link;
    private bool _disposed;

    internal QueuedTpmDevice(ITpmTransport transport, TpmDeviceOptions options, TimeProvider? time = null)
    {
        _transport = transport;
        _commandTimeout = options.CommandTimeout;
        _connectTimeout = options.ConnectTimeout;
        _time = time ?? TimeProvider.System;
    }

    public string Name => _transport.Name;

    public bool HasResourceManager => _transport.HasResourceManager;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
    {
        TpmHeader.CheckCommand(command.Span);
        ThrowIfDisposed();
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        bool holdsGate = true;
        try
        {
            ThrowIfDisposed();
            cancellationToken.ThrowIfCancellationRequested();

            // From here on only the copy is used: the caller's buffer is the caller's again as soon as it was cancelled.
            command.CopyTo(_command);
            Memory<byte> answer;
            if (!cancellationToken.CanBeCanceled)
            {
                answer = await RunAsync(command.Length, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                Task<Memory<byte>> exchange = RunAsync(command.Length, cancellationToken).AsTask();
                try
                {
                    answer = await exchange.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    holdsGate = false;
                    _ = ReleaseGateAfterAsync(exchange);
                    throw;
                }
            }

            if (answer.Length > response.Length)
            {
                throw new ArgumentException(
                    $"The TPM's response has {answer.Length} bytes and the buffer {response.Length}; {TpmHeader.MaxSize} bytes hold every response. The command was run.",
                    nameof(response));
            }

            answer.CopyTo(response);
            CryptographicOperations.ZeroMemory(answer.Span);
            return answer.Length;
        }
        finally
        {
            if (holdsGate)
            {
                _gate.Release();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        // Ends the exchange that is under way; its caller and those at the gate then find the device disposed, one after the other.
        await _lifetime.CancelAsync().ConfigureAwait(false);
        if (!await _gate.WaitAsync(DisposalPatience).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            if (_link is not null)
            {
                using CancellationTokenSource patience = new(DisposalPatience);
                await _link.CloseAsync(patience.Token).ConfigureAwait(false);
                _link = null;
            }

            DisposeTimeout();
            _lifetime.Dispose();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Runs the command in <see cref="_command"/>. Called, and gone on with after a cancellation, by the holder of the gate.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Memory<byte>> RunAsync(int length, CancellationToken beforeSending)
    {
        TpmLink link = _link ??= await ConnectAsync().ConfigureAwait(false);
        beforeSending.ThrowIfCancellationRequested();
        CancellationToken abort = StartTimeout();
        try
        {
            Memory<byte> response = await link.ExchangeAsync(_command.AsMemory(0, length), abort).ConfigureAwait(false);
            TpmHeader.CheckResponse(response.Span, Name);
            return response;
        }
        catch (Exception exception)
        {
            _link = null;
            link.Drop();
            ThrowIfDisposed();
            if (exception is OperationCanceledException)
            {
                throw new TpmDeviceException(
                    Name,
                    $"the TPM did not answer within {_commandTimeout}. The link was dropped, and the next command connects anew; "
                    + "a TPM that goes on like this needs a power cycle of the machine.",
                    exception);
            }

            throw;
        }
        finally
        {
            // A clock that could still strike is not used for another command.
            if (!_abort!.TryReset())
            {
                DisposeTimeout();
            }
        }
    }

    private async ValueTask<TpmLink> ConnectAsync()
    {
        using CancellationTokenSource timeout = new(_connectTimeout, _time);
        using CancellationTokenRegistration timeoutAtEnd = CancelAtEnd(timeout);
        TpmLink? link = null;
        try
        {
            link = await _transport.ConnectAsync(timeout.Token).ConfigureAwait(false);
            if (_transport.NeedsStartup)
            {
                await StartUpAsync(link, timeout.Token).ConfigureAwait(false);
            }

            return link;
        }
        catch (Exception exception)
        {
            link?.Drop();
            ThrowIfDisposed();
            if (exception is OperationCanceledException)
            {
                throw new TpmDeviceException(
                    Name,
                    link is null
                        ? $"no connection came about within {_connectTimeout}. Check that the TPM is there and that no other client holds it."
                        : $"connected, but TPM2_Startup was not answered within {_connectTimeout}. Check that no other client is connected: emulators serve one at a time.",
                    exception);
            }

            throw;
        }
    }

    private async ValueTask StartUpAsync(TpmLink link, CancellationToken abort)
    {
        ReadOnlyMemory<byte> response = await link.ExchangeAsync(StartupClear, abort).ConfigureAwait(false);
        TpmHeader.CheckResponse(response.Span, Name);
        TpmResponseCode code = TpmHeader.ReadResponseCode(response.Span);

        // TPM_RC_INITIALIZE says that somebody else has started it.
        if (!code.IsSuccess && code.Error != TpmRc.Initialize)
        {
            throw new TpmDeviceException(Name, $"the TPM refused to start up: {code}");
        }
    }

    /// <summary>Starts the clock of one exchange; the token also ends with the device's lifetime.</summary>
    private CancellationToken StartTimeout()
    {
        if (_abort is null)
        {
            _abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
            _abortAtEnd = CancelAtEnd(_abort);
        }

        _abort.CancelAfter(_commandTimeout);
        return _abort.Token;
    }

    private void DisposeTimeout()
    {
        _abortAtEnd.Dispose();
        _abort?.Dispose();
        _abort = null;
    }

    /// <summary>Has a source cancelled when the device is disposed. A linked source would do that, but has no other clock than the system's.</summary>
    private CancellationTokenRegistration CancelAtEnd(CancellationTokenSource source) =>
        _lifetime.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);

    /// <summary>Goes on with the exchange of a caller that was cancelled. What it ends with concerns nobody any more.</summary>
    private async Task ReleaseGateAfterAsync(Task<Memory<byte>> exchange)
    {
        await ((Task)exchange).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (exchange.IsCompletedSuccessfully)
        {
            CryptographicOperations.ZeroMemory((await exchange.ConfigureAwait(false)).Span);
        }

        _gate.Release();
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
}
