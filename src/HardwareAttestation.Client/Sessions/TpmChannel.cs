using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client.Sessions;

/// <summary>
/// Turns commands into bytes, sends them, and reads the responses. Not safe to share between threads: who uses it holds the client's gate.
/// </summary>
/// <remarks>
/// The token is looked at before a command is sent and never while the TPM works on it: a response may hold a handle that must be flushed.
/// <see cref="OperationGate"/> gives a caller who cancels his answer at once all the same.
/// </remarks>
internal sealed partial class TpmChannel
{
    private const int HeaderSize = 10;
    private const int SizePosition = 2;
    private const int ResponseCodePosition = 6;

    // Three handles are the most that a command has here.
    private static readonly int MostNames = 3 * (sizeof(ushort) + TpmHash.MaximumDigestSize);

    // About twelve seconds in all: a self-test on a slow chip takes a few.
    private const int MostAttempts = 32;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(500);
    private readonly ITpmDevice _device;
    private readonly ILogger _logger;
    private readonly Func<Task<bool>>? _makeRoom;
    private readonly TimeProvider _time;
    private readonly HashSet<TpmHandle> _held = [];
    private readonly byte[] _command = new byte[TpmWire.MaximumSize];
    private readonly byte[] _names = new byte[MostNames];
    private readonly byte[] _parameters = new byte[TpmWire.MaximumSize];
    private readonly byte[] _response = new byte[TpmWire.MaximumSize];

    /// <param name="device">The TPM.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="makeRoom">Frees a slot for objects by a flush through this channel, if it can; not asked where a resource manager does that.</param>
    /// <param name="time">The clock that delays are measured by; null for the system's.</param>
    public TpmChannel(ITpmDevice device, ILogger logger, Func<Task<bool>>? makeRoom = null, TimeProvider? time = null)
    {
        _device = device;
        _logger = logger;
        _makeRoom = device.HasResourceManager ? null : makeRoom;
        _time = time ?? TimeProvider.System;
        Random = (device as ISeededDevice)?.CreateRandom();
    }

    public string DeviceName => _device.Name;

    /// <summary>Where nonces and salts come from on a device that is recorded or replayed; null for the platform's generator, as everywhere else.</summary>
    public RandomNumberGenerator? Random { get; }

    /// <summary>
    /// How often the device has failed, or the TPM was found to have lost what it gave, as when it was reset behind a device that stayed connected: handles from before
    /// may mean nothing since, or something else.
    /// </summary>
    public int Failures { get; private set; }

    public ValueTask<TResponse> ExecuteAsync<TCommand, TResponse>(TCommand command, CancellationToken cancellationToken)
        where TCommand : struct, ITpmCommand<TResponse> =>
        ExecuteAsync<TCommand, TResponse>(command, null, null, null, cancellationToken);

    public ValueTask<TResponse> ExecuteAsync<TCommand, TResponse>(
        TCommand command, TpmAuthorization authorization, CancellationToken cancellationToken)
        where TCommand : struct, ITpmCommand<TResponse> =>
        ExecuteAsync<TCommand, TResponse>(command, authorization, null, null, cancellationToken);

    public ValueTask<TResponse> ExecuteAsync<TCommand, TResponse>(
        TCommand command, Authorizations authorizations, CancellationToken cancellationToken)
        where TCommand : struct, ITpmCommand<TResponse> =>
        ExecuteAsync<TCommand, TResponse>(command, authorizations.First, authorizations.Second, authorizations.Third, cancellationToken);

    // One method for all that happens to each command: each further one would leave a state machine behind wherever threads change.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TResponse> ExecuteAsync<TCommand, TResponse>(
        TCommand command, TpmAuthorization? first, TpmAuthorization? second, TpmAuthorization? third, CancellationToken cancellationToken)
        where TCommand : struct, ITpmCommand<TResponse>
    {
        int commandSize = Encode<TCommand, TResponse>(command, first, second, third);
        int responseSize = 0;
        ClientTelemetry.TelemetryScope? telemetry = ClientTelemetry.BeginCommand(TCommand.Code, _device.Name);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            responseSize = await _device.ExecuteAsync(_command.AsMemory(0, commandSize), _response, CancellationToken.None).ConfigureAwait(false);
            if (AsksForMore(ReadError(_response.AsSpan(0, responseSize))))
            {
                responseSize = await SendAgainAsync(TCommand.Code, commandSize, responseSize, cancellationToken).ConfigureAwait(false);
            }

            TResponse response = Decode<TCommand, TResponse>(_response.AsSpan(0, responseSize), first, second, third);
            telemetry?.End(null);
            return response;
        }
        catch (TpmFormatException exception)
        {
            await FlushUnreadAsync<TCommand, TResponse>(responseSize).ConfigureAwait(false);
            TpmDeviceException failure = new(
                _device.Name, $"the response to TPM2_{TCommand.Code} is malformed: {exception.Message}", exception);
            telemetry?.End(failure);
            throw failure;
        }
        catch (Exception exception)
        {
            if (exception is TpmDeviceException)
            {
                Failures++;
            }

            telemetry?.End(exception);
            throw;
        }
        finally
        {
            // It may hold the secret of a credential.
            CryptographicOperations.ZeroMemory(_response.AsSpan(0, responseSize));
        }
    }

    /// <summary>Fills a nonce with random bytes.</summary>
    public void FillRandom(Span<byte> nonce)
    {
        if (Random is null)
        {
            RandomNumberGenerator.Fill(nonce);
        }
        else
        {
            Random.GetBytes(nonce);
        }
    }

    /// <summary>Notes that the TPM has taken a handle away by itself, as at the end of a sequence.</summary>
    public void Forget(TpmHandle handle) => _held.Remove(handle);

    /// <summary>Flushes a transient object or a session. A failure is logged and not thrown, so that it hides no other.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FlushAsync(TpmHandle handle)
    {
        _held.Remove(handle);
        try
        {
            await ExecuteAsync<FlushContextCommand, NoResponse>(new(handle), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HardwareAttestationException or ObjectDisposedException)
        {
            ClientLog.HandleNotFlushed(_logger, handle, _device.Name, exception);
        }
    }

    private bool AsksForMore(TpmRc error) =>
        error is TpmRc.Retry or TpmRc.Yielded or TpmRc.Testing || (error is TpmRc.ObjectMemory && _makeRoom is not null);

    /// <summary>
    /// Sends a command again while the TPM asks for that (warnings of TPM 2.0 Library, Part 2, section 6.6.3): such a response says that nothing was done.
    /// </summary>
    private async Task<int> SendAgainAsync(TpmCommandCode code, int commandSize, int responseSize, CancellationToken cancellationToken)
    {
        Memory<byte> command = _command.AsMemory(0, commandSize);
        TimeSpan delay = TimeSpan.Zero;
        for (int attempt = 1; ; attempt++)
        {
            TpmRc error = ReadError(_response.AsSpan(0, responseSize));
            if (error is TpmRc.ObjectMemory && _makeRoom is not null)
            {
                if (!await MakeRoomAsync(command).ConfigureAwait(false))
                {
                    return responseSize;
                }
            }
            else if (attempt == MostAttempts || !AsksForMore(error))
            {
                return responseSize;
            }
            else
            {
                await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
                delay = delay == TimeSpan.Zero ? FirstDelay : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestDelay.Ticks));
            }

            ClientTelemetry.CountRetry(code, _device.Name, error);
            ClientLog.CommandRetried(_logger, _device.Name, code, error, attempt);
            cancellationToken.ThrowIfCancellationRequested();
            responseSize = await _device.ExecuteAsync(command, _response, CancellationToken.None).ConfigureAwait(false);
        }
    }

    // Making room sends a command of its own, from the same buffer into the same buffer.
    private async ValueTask<bool> MakeRoomAsync(ReadOnlyMemory<byte> command)
    {
        byte[] kept = command.ToArray();
        byte[] refusal = _response.AsSpan(0, HeaderSize).ToArray();
        bool hasRoom = await _makeRoom!().ConfigureAwait(false);
        kept.CopyTo(_command, 0);
        refusal.CopyTo(_response, 0);
        return hasRoom;
    }

    private static TpmRc ReadError(ReadOnlySpan<byte> response) => response.Length < HeaderSize
        ? TpmRc.Success
        : new TpmResponseCode(BinaryPrimitives.ReadUInt32BigEndian(response[ResponseCodePosition..])).Error;

    /// <summary>A response that cannot be believed may all the same come with a handle that the TPM gave.</summary>
    private async ValueTask FlushUnreadAsync<TCommand, TResponse>(int responseSize)
        where TCommand : struct, ITpmCommand<TResponse>
    {
        if (TCommand.ReturnsHandle && FindHandle(_response.AsSpan(0, responseSize)) is { } handle && (handle.IsTransient || handle.IsSession))
        {
            await FlushAsync(handle).ConfigureAwait(false);
        }
    }

    private static TpmHandle? FindHandle(ReadOnlySpan<byte> response) =>
        response.Length >= HeaderSize + sizeof(uint) && BinaryPrimitives.ReadUInt32BigEndian(response[ResponseCodePosition..]) == (uint)TpmRc.Success
            ? new TpmHandle(BinaryPrimitives.ReadUInt32BigEndian(response[HeaderSize..]))
            : null;
}
