using System.Buffers.Binary;
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
internal sealed class TpmChannel
{
    private const int HeaderSize = 10;
    private const int SizePosition = 2;
    private const int ResponseCodePosition = 6;

    // Three handles are the most that a command has here.
    private const int MostNames = 3 * (sizeof(ushort) + TpmHash.MaximumDigestSize);

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
    }

    public string DeviceName => _device.Name;

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

    private async ValueTask<TResponse> ExecuteAsync<TCommand, TResponse>(
        TCommand command, TpmAuthorization? first, TpmAuthorization? second, TpmAuthorization? third, CancellationToken cancellationToken)
        where TCommand : struct, ITpmCommand<TResponse>
    {
        ClientTelemetry.TelemetryScope telemetry = ClientTelemetry.BeginCommand(TCommand.Code, _device.Name);
        try
        {
            TResponse response = await ExecuteUnobservedAsync<TCommand, TResponse>(command, first, second, third, cancellationToken).ConfigureAwait(false);
            telemetry.End(null);
            return response;
        }
        catch (Exception exception)
        {
            telemetry.End(exception);
            throw;
        }
    }

    private async ValueTask<TResponse> ExecuteUnobservedAsync<TCommand, TResponse>(
        TCommand command, TpmAuthorization? first, TpmAuthorization? second, TpmAuthorization? third, CancellationToken cancellationToken)
        where TCommand : struct, ITpmCommand<TResponse>
    {
        int commandSize = Encode<TCommand, TResponse>(command, first, second, third);
        int responseSize = await SendAsync(TCommand.Code, _command.AsMemory(0, commandSize), cancellationToken).ConfigureAwait(false);
        try
        {
            return Decode<TCommand, TResponse>(_response.AsSpan(0, responseSize), first, second, third);
        }
        catch (TpmFormatException exception)
        {
            await FlushUnreadAsync<TCommand, TResponse>(responseSize).ConfigureAwait(false);
            throw new TpmDeviceException(
                _device.Name, $"the response to TPM2_{TCommand.Code} is malformed: {exception.Message}", exception);
        }
        finally
        {
            // It may hold the secret of a credential.
            CryptographicOperations.ZeroMemory(_response.AsSpan(0, responseSize));
        }
    }

    /// <summary>Notes that the TPM has taken a handle away by itself, as at the end of a sequence.</summary>
    public void Forget(TpmHandle handle) => _held.Remove(handle);

    /// <summary>Flushes a transient object or a session. A failure is logged and not thrown, so that it hides no other.</summary>
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

    /// <summary>
    /// Sends a command, and sends it again while the TPM asks for that (warnings of TPM 2.0 Library, Part 2, section 6.6.3): such a response says that
    /// nothing was done.
    /// </summary>
    private async ValueTask<int> SendAsync(TpmCommandCode code, ReadOnlyMemory<byte> command, CancellationToken cancellationToken)
    {
        TimeSpan delay = TimeSpan.Zero;
        for (int attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int size = await SendOnceAsync(command).ConfigureAwait(false);
            TpmRc error = ReadError(_response.AsSpan(0, size));
            if (error is TpmRc.ObjectMemory && _makeRoom is not null)
            {
                if (!await MakeRoomAsync(command).ConfigureAwait(false))
                {
                    return size;
                }
            }
            else if (attempt == MostAttempts || error is not (TpmRc.Retry or TpmRc.Yielded or TpmRc.Testing))
            {
                return size;
            }
            else
            {
                await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
                delay = delay == TimeSpan.Zero ? FirstDelay : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestDelay.Ticks));
            }

            ClientTelemetry.CountRetry(code, _device.Name, error);
            ClientLog.CommandRetried(_logger, _device.Name, code, error, attempt);
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

    private async ValueTask<int> SendOnceAsync(ReadOnlyMemory<byte> command)
    {
        try
        {
            return await _device.ExecuteAsync(command, _response, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TpmDeviceException)
        {
            Failures++;
            throw;
        }
    }

    private int Encode<TCommand, TResponse>(TCommand command, TpmAuthorization? first, TpmAuthorization? second, TpmAuthorization? third)
        where TCommand : struct, ITpmCommand<TResponse>
    {
        TpmWriter writer = new(_command);
        writer.WriteUInt16((ushort)(first is null ? TpmSt.NoSessions : TpmSt.Sessions));
        writer.WriteUInt32(0);
        writer.WriteUInt32((uint)TCommand.Code);
        command.WriteHandles(ref writer);
        Span<byte> parameters = WriteParameters<TCommand, TResponse>(command);
        if (first is not null)
        {
            first.BeginCommand(parameters);
            second?.BeginCommand(parameters);
            third?.BeginCommand(parameters);
            AuthorizedCommand authorized = new(TCommand.Code, WriteNames(command), parameters);
            int sizeAt = writer.Position;
            writer.WriteUInt32(0);
            first.WriteCommandArea(authorized, ref writer);
            second?.WriteCommandArea(authorized, ref writer);
            third?.WriteCommandArea(authorized, ref writer);
            writer.Overwrite(sizeAt, (uint)(writer.Position - sizeAt - sizeof(uint)));
        }

        writer.WriteBytes(parameters);
        writer.Overwrite(SizePosition, (uint)writer.Position);
        return writer.Position;
    }

    // Only an HMAC is over Names, so that commands which are never given one do without.
    private ReadOnlySpan<byte> WriteNames(object command)
    {
        TpmWriter writer = new(_names);
        (command as INamedTpmCommand)?.WriteNames(ref writer);
        return _names.AsSpan(0, writer.Position);
    }

    private Span<byte> WriteParameters<TCommand, TResponse>(TCommand command)
        where TCommand : struct, ITpmCommand<TResponse>
    {
        TpmWriter writer = new(_parameters);
        command.WriteParameters(ref writer);
        return _parameters.AsSpan(0, writer.Position);
    }

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

    private TResponse Decode<TCommand, TResponse>(
        Span<byte> response, TpmAuthorization? first, TpmAuthorization? second, TpmAuthorization? third)
        where TCommand : struct, ITpmCommand<TResponse>
    {
        TpmReader reader = new(response);
        var tag = (TpmSt)reader.ReadUInt16("response.tag");
        uint size = reader.ReadUInt32("response.size");
        TpmResponseCode code = new(reader.ReadUInt32("response.responseCode"));
        if (size != response.Length)
        {
            throw new TpmFormatException($"response.size is {size}, and {response.Length} bytes came.");
        }

        if (!code.IsSuccess)
        {
            reader.ExpectEnd("A refusing response");
            if (code.Error is TpmRc.ReferenceH0 or TpmRc.ReferenceH1 or TpmRc.ReferenceH2)
            {
                Failures++;
            }

            throw new TpmCommandException(TCommand.Code, code, CommandAdvice.For(TCommand.Code, code) ?? CountSlots(code));
        }

        TpmSt expected = first is null ? TpmSt.NoSessions : TpmSt.Sessions;
        if (tag != expected)
        {
            throw new TpmFormatException($"response.tag is 0x{(ushort)tag:X4}, and 0x{(ushort)expected:X4} was expected.");
        }

        TpmHandle handle = default;
        if (TCommand.ReturnsHandle)
        {
            handle = new(reader.ReadUInt32("response.handle"));
            if (!_held.Add(handle))
            {
                // It was given before and not flushed since: the TPM lost what was there, and maybe more.
                Failures++;
            }
        }

        if (first is null)
        {
            return ReadParameters<TCommand, TResponse>(handle, reader.ReadBytes(reader.Remaining, "response.parameters"));
        }

        uint parameterSize = reader.ReadUInt32("response.parameterSize");
        if (parameterSize > (uint)reader.Remaining)
        {
            throw new TpmFormatException($"response.parameterSize is {parameterSize}, and only {reader.Remaining} bytes follow.");
        }

        Span<byte> parameters = response.Slice(reader.Position, (int)parameterSize);
        reader.ReadBytes(parameters.Length, "response.parameters");
        AuthorizedResponse authorized = new(TCommand.Code, parameters);
        first.ReadResponseArea(authorized, ref reader);
        second?.ReadResponseArea(authorized, ref reader);
        third?.ReadResponseArea(authorized, ref reader);
        reader.ExpectEnd("The response's authorisation area");
        first.EndResponse(parameters);
        second?.EndResponse(parameters);
        third?.EndResponse(parameters);
        return ReadParameters<TCommand, TResponse>(handle, parameters);
    }

    // Whose the slots are that are filled: the ones that this client does not hold, somebody else forgot.
    private string? CountSlots(TpmResponseCode code) => code.Error is TpmRc.ObjectMemory or TpmRc.SessionMemory or TpmRc.SessionHandles
        ? $"This client holds {_held.Count(handle => handle.IsTransient)} objects and {_held.Count(handle => handle.IsSession)} sessions; the others in the TPM are somebody else's."
        : null;

    private static TResponse ReadParameters<TCommand, TResponse>(TpmHandle handle, ReadOnlySpan<byte> parameters)
        where TCommand : struct, ITpmCommand<TResponse>
    {
        TpmReader reader = new(parameters);
        TResponse response = TCommand.ReadResponse(handle, ref reader);
        reader.ExpectEnd($"The response of TPM2_{TCommand.Code}");
        return response;
    }
}
