using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Sessions;

/// <content>From commands to bytes, and from bytes to responses.</content>
internal sealed partial class TpmChannel
{
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
            bool needsNames = first.NeedsNames || second?.NeedsNames == true || third?.NeedsNames == true;
            AuthorizedCommand authorized = new(TCommand.Code, needsNames ? WriteNames(command) : [], parameters);
            int sizeAt = writer.Position;
            writer.WriteUInt32(0);
            first.WriteCommandArea(authorized, ref writer);
            second?.WriteCommandArea(authorized, ref writer);
            third?.WriteCommandArea(authorized, ref writer);
            writer.OverwriteUInt32(sizeAt, (uint)(writer.Position - sizeAt - sizeof(uint)));
        }

        writer.WriteBytes(parameters);
        writer.OverwriteUInt32(SizePosition, (uint)writer.Position);
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
            return ReadParameters<TCommand, TResponse>(handle, reader.ReadBytes("response.parameters", reader.Remaining));
        }

        uint parameterSize = reader.ReadUInt32("response.parameterSize");
        if (parameterSize > (uint)reader.Remaining)
        {
            throw new TpmFormatException($"response.parameterSize is {parameterSize}, and only {reader.Remaining} bytes follow.");
        }

        Span<byte> parameters = response.Slice(reader.Position, (int)parameterSize);
        reader.ReadBytes("response.parameters", parameters.Length);
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
        reader.ExpectEnd(ResponseOf<TCommand, TResponse>.Name);
        return response;
    }

    // Made once, and not with each response.
    private static class ResponseOf<TCommand, TResponse>
        where TCommand : struct, ITpmCommand<TResponse>
    {
        public static readonly string Name = $"The response of TPM2_{TCommand.Code}";
    }
}
