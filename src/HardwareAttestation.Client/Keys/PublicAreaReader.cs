using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Asks the TPM which key is at a handle.</summary>
internal static class PublicAreaReader
{
    /// <summary>Reads a public area.</summary>
    /// <returns>The public area, or null if nothing is at the handle.</returns>
    public static async Task<TpmtPublic?> TryReadAsync(TpmChannel channel, TpmHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            ReadPublicResponse found = await channel.ExecuteAsync<ReadPublicCommand, ReadPublicResponse>(
                new(handle), cancellationToken).ConfigureAwait(false);
            return found.OutPublic;
        }
        catch (TpmCommandException exception) when (exception.ResponseCode.Error is TpmRc.Handle or TpmRc.ReferenceH0)
        {
            return null;
        }
    }
}
