using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client;

/// <summary>
/// A key at a handle for longer than one operation. When the device has failed meanwhile, or the TPM was reset, the TPM may have lost the key and given its handle
/// to another one: then the handle is neither used nor flushed before the TPM has said what is there. A persistent key is never flushed.
/// </summary>
/// <remarks>Who uses it holds the client's gate.</remarks>
internal sealed class KeyHandle
{
    private readonly TpmtPublic _public;
    private int _failuresSeen;

    /// <param name="handle">The handle that the TPM gave.</param>
    /// <param name="publicArea">The key's public area.</param>
    /// <param name="failuresBefore">The channel's <see cref="TpmChannel.Failures"/> before the command that gave the handle.</param>
    public KeyHandle(TpmHandle handle, TpmtPublic publicArea, int failuresBefore)
    {
        Handle = handle;
        _public = publicArea;
        _failuresSeen = failuresBefore;
    }

    public TpmHandle Handle { get; }

    /// <summary>Whether the handle is still the key's.</summary>
    public ValueTask<bool> IsLoadedAsync(TpmChannel channel, CancellationToken cancellationToken) =>
        channel.Failures == _failuresSeen ? new(true) : new(LookAsync(channel, cancellationToken));

    /// <summary>Flushes the key, if it is there. A failure is logged and not thrown.</summary>
    public ValueTask FlushAsync(TpmChannel channel, ILogger logger) => !Handle.IsTransient ? ValueTask.CompletedTask
        : channel.Failures == _failuresSeen ? channel.FlushAsync(Handle)
        : LookAndFlushAsync(channel, logger);

    private async ValueTask LookAndFlushAsync(TpmChannel channel, ILogger logger)
    {
        try
        {
            if (!await LookAsync(channel, CancellationToken.None).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (Exception exception) when (exception is HardwareAttestationException or ObjectDisposedException)
        {
            // Better a slot that stays filled than somebody else's key lost.
            ClientLog.HandleNotFlushed(logger, Handle, channel.DeviceName, exception);
            return;
        }

        await channel.FlushAsync(Handle).ConfigureAwait(false);
    }

    private async Task<bool> LookAsync(TpmChannel channel, CancellationToken cancellationToken)
    {
        int failures = channel.Failures;
        if (!await PublicAreaReader.IsAtAsync(channel, Handle, _public, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _failuresSeen = failures;
        return true;
    }
}
