using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Reads NV indices whole, in chunks that the TPM allows.</summary>
internal sealed class NVReader
{
    // Some TPMs report a maximum of zero, and all of them can do this much. With a maximum of a few bytes, a certificate would take hundreds of commands.
    private const ushort FallbackChunk = 512;
    private const uint LeastChunk = 64;
    private const uint MostChunk = 2048;
    private readonly TpmChannel _channel;
    private readonly Authorizer _authorizer;
    private ushort? _chunk;

    public NVReader(TpmChannel channel, Authorizer authorizer)
    {
        _channel = channel;
        _authorizer = authorizer;
    }

    /// <summary>Reads an index.</summary>
    /// <returns>Its content, or null if it is not defined or was never written.</returns>
    /// <exception cref="EndorsementKeyException">Reading it would count towards lockout, or it takes its Name, which cannot be computed here.</exception>
    public async Task<byte[]?> ReadAsync(TpmHandle index, CancellationToken cancellationToken)
    {
        TpmsNVPublic nvPublic;
        try
        {
            nvPublic = await _channel.ExecuteAsync<NVReadPublicCommand, TpmsNVPublic>(new(index), cancellationToken).ConfigureAwait(false);
        }
        catch (TpmCommandException exception) when (exception.ResponseCode.Error is TpmRc.Handle)
        {
            return null;
        }

        if (!nvPublic.Attributes.HasFlag(TpmaNV.Written))
        {
            return null;
        }

        // The index' own authorisation value, which is empty; else the owner's. An index that is not exempt from lockout may have a value, and each try with an empty one
        // would count: whoever defines such an index would have the TPM locked by its readers.
        const TpmaNV Harmless = TpmaNV.AuthRead | TpmaNV.NoDA;
        if (nvPublic.Attributes.HasFlag(Harmless))
        {
            // A password is not over Names, and this one may be made with a hash algorithm that is unknown here.
            TpmEntity entity = new(index, new TpmName([]));
            return await ReadAsync(entity, entity, nvPublic.DataSize, PasswordAuthorization.Empty, cancellationToken).ConfigureAwait(false);
        }

        if (!nvPublic.Attributes.HasFlag(TpmaNV.OwnerRead))
        {
            throw new EndorsementKeyException(
                $"NV index {index} of TPM device {_channel.DeviceName} can be read neither by the owner nor without counting towards lockout (TPMA_NV_NO_DA), as what a TPM's "
                + "maker stores there can be: somebody else has defined it. Remove it, or have the owner define it anew.");
        }

        return await _authorizer.RunAsync(
            TpmHandle.Owner,
            owner => ReadAsync(
                TpmEntity.OfHierarchy(TpmHandle.Owner), new TpmEntity(index, ComputeName(nvPublic)), nvPublic.DataSize, owner, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    private TpmName ComputeName(TpmsNVPublic nvPublic)
    {
        try
        {
            return nvPublic.ComputeName();
        }
        catch (TpmFormatException exception)
        {
            throw new EndorsementKeyException(
                $"NV index {nvPublic.NVIndex} of TPM device {_channel.DeviceName} cannot be read with the owner's authorisation: {exception.Message}", exception);
        }
    }

    private async Task<byte[]> ReadAsync(
        TpmEntity authorizing, TpmEntity index, ushort dataSize, TpmAuthorization authorization, CancellationToken cancellationToken)
    {
        ushort chunk = _chunk ??= await QueryChunkAsync(cancellationToken).ConfigureAwait(false);
        byte[] content = new byte[dataSize];
        for (int offset = 0; offset < content.Length;)
        {
            ushort size = (ushort)Math.Min(chunk, content.Length - offset);
            byte[] part = await _channel.ExecuteAsync<NVReadCommand, byte[]>(
                new(authorizing, index, size, (ushort)offset), authorization, cancellationToken).ConfigureAwait(false);
            if (part.Length != size)
            {
                throw new TpmDeviceException(
                    _channel.DeviceName, $"TPM2_NV_Read of index {index.Handle} gave {part.Length} bytes, and {size} were asked for.");
            }

            part.CopyTo(content, offset);
            offset += size;
        }

        return content;
    }

    private async Task<ushort> QueryChunkAsync(CancellationToken cancellationToken) =>
        await TpmProperty.QueryAsync(_channel, TpmPt.NVBufferMax, cancellationToken).ConfigureAwait(false) is { } size and >= LeastChunk and <= MostChunk
            ? (ushort)size
            : FallbackChunk;
}
