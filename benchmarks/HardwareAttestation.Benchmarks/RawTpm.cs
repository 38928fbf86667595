using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Benchmarks;

internal delegate void WriteWire(ref TpmWriter writer);

/// <summary>Commands of TPM 2.0 Library, Part 3, made by hand: for baselines, and for what the client has no use for.</summary>
internal sealed class RawTpm(ITpmDevice device)
{
    private const int SizePosition = 2;
    private const byte ContinueSession = 1;
    private readonly byte[] _command = new byte[TpmWire.MaximumSize];
    private readonly byte[] _response = new byte[TpmWire.MaximumSize];

    /// <summary>Makes a command with as many authorisations as there are sessions; a session of a policy needs neither nonce nor HMAC, nor has TPM_RS_PW any.</summary>
    public static byte[] Make(TpmCommandCode code, WriteWire? handles, WriteWire? parameters, params ReadOnlySpan<TpmHandle> sessions)
    {
        byte[] buffer = new byte[TpmWire.MaximumSize];
        return buffer[..Write(buffer, code, handles, parameters, [], sessions)];
    }

    /// <summary>Sends commands that were made before, and makes sure that each is carried out.</summary>
    public async Task SendAsync(byte[][] commands)
    {
        foreach (byte[] command in commands)
        {
            ThrowUnlessDone(await device.ExecuteAsync(command, _response));
        }
    }

    /// <summary>Makes and sends a command.</summary>
    /// <param name="code">The command.</param>
    /// <param name="handles">Writes its handles.</param>
    /// <param name="parameters">Writes its parameters.</param>
    /// <param name="password">The password of TPM_RS_PW, or null where the command needs no authorisation.</param>
    /// <returns>The response after its header, until the next command.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> ExecuteAsync(TpmCommandCode code, WriteWire? handles, WriteWire? parameters, byte[]? password = null)
    {
        int size = Write(_command, code, handles, parameters, password ?? [], password is null ? [] : [TpmHandle.Password]);
        int responseSize = await device.ExecuteAsync(_command.AsMemory(0, size), _response);
        ThrowUnlessDone(responseSize);
        return _response.AsMemory(TpmHeader.EncodedSize, responseSize - TpmHeader.EncodedSize);
    }

    private static int Write(
        byte[] buffer, TpmCommandCode code, WriteWire? handles, WriteWire? parameters, ReadOnlySpan<byte> password, ReadOnlySpan<TpmHandle> sessions)
    {
        TpmWriter writer = new(buffer);
        writer.WriteUInt16((ushort)(sessions.IsEmpty ? TpmSt.NoSessions : TpmSt.Sessions));
        writer.WriteUInt32(0);
        writer.WriteUInt32((uint)code);
        handles?.Invoke(ref writer);
        if (!sessions.IsEmpty)
        {
            int start = writer.Position;
            writer.WriteUInt32(0);
            foreach (TpmHandle session in sessions)
            {
                writer.WriteHandle(session);
                writer.WriteSized([]);
                writer.WriteByte(ContinueSession);
                writer.WriteSized(session == TpmHandle.Password ? password : []);
            }

            writer.OverwriteUInt32(start, (uint)(writer.Position - start - sizeof(uint)));
        }

        parameters?.Invoke(ref writer);
        writer.OverwriteUInt32(SizePosition, (uint)writer.Position);
        return writer.Position;
    }

    private void ThrowUnlessDone(int responseSize)
    {
        TpmResponseCode code = TpmHeader.ReadWhole(_response.AsSpan(0, responseSize)).ResponseCode;
        if (!code.IsSuccess)
        {
            throw new InvalidOperationException($"The TPM answered {code}");
        }
    }
}
