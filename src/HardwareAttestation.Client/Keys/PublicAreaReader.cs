using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Asks the TPM which key is at a handle.</summary>
internal static class PublicAreaReader
{
    /// <summary>Reads a public area.</summary>
    /// <returns>The public area, or null if nothing is at the handle.</returns>
    public static async Task<TpmtPublic?> TryReadAsync(TpmChannel channel, TpmHandle handle, CancellationToken cancellationToken) =>
        (await TryReadAllAsync(channel, handle, cancellationToken).ConfigureAwait(false))?.OutPublic;

    /// <summary>Reads a public area, with the Names that the TPM says it has.</summary>
    /// <returns>The TPM's answer, or null if nothing is at the handle.</returns>
    public static async Task<ReadPublicResponse?> TryReadAllAsync(TpmChannel channel, TpmHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            return await channel.ExecuteAsync<ReadPublicCommand, ReadPublicResponse>(new(handle), cancellationToken).ConfigureAwait(false);
        }
        catch (TpmCommandException exception) when (IsNothingThere(exception))
        {
            return null;
        }
    }

    /// <summary>Whether a certain key is at a handle.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<bool> IsAtAsync(TpmChannel channel, TpmHandle handle, TpmtPublic key, CancellationToken cancellationToken)
    {
        try
        {
            byte[] found = await channel.ExecuteAsync<ComparePublicCommand, byte[]>(new(handle), cancellationToken).ConfigureAwait(false);
            return key.Encoded.Span.SequenceEqual(found);
        }
        catch (TpmCommandException exception) when (IsNothingThere(exception))
        {
            return false;
        }
    }

    private static bool IsNothingThere(TpmCommandException exception) => exception.ResponseCode.Error is TpmRc.Handle or TpmRc.ReferenceH0;
}
