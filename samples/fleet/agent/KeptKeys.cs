using HardwareAttestation.Client;

namespace Fleet.Agent;

/// <summary>
/// Keeps the attestation key under one of two names: <c>new</c> until the server has verified an answer of it, <c>enrolled</c> ever after. So the agent knows after any
/// interruption whether its key is one that the server may have never seen.
/// </summary>
internal sealed class KeptKeys(ITpmKeyStore store, Journal journal)
{
    private const string EnrolledName = "enrolled";
    private const string NewName = "new";

    /// <summary>
    /// Loads the enrolled key, or else the new one, which is created if there is none. An enrolled key that this TPM cannot load stays where it is: its disk may find its way back.
    /// </summary>
    /// <exception cref="TpmKeyException">The new key cannot be kept, or cannot be loaded.</exception>
    public async Task<KeptKey> GetAsync(AttestationClient client, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.LoadAsync(EnrolledName, cancellationToken) is { } blob)
            {
                return new KeptKey(await client.LoadAttestationKeyAsync(blob, cancellationToken), store, isEnrolled: true);
            }
        }
        catch (TpmKeyException exception)
        {
            journal.Warning($"the enrolled key cannot be used, so a new one is: {PlainText.Of(exception.Message)}");
        }

        return new KeptKey(await client.GetOrCreateAttestationKeyAsync(store, NewName, cancellationToken: cancellationToken), store, isEnrolled: false);
    }

    /// <summary>Keeps a new key as the enrolled one. Interrupted, it leaves the key under both names, which is harmless.</summary>
    internal static async Task PromoteAsync(ITpmKeyStore store, TpmKeyBlob blob, CancellationToken cancellationToken)
    {
        await store.SaveAsync(EnrolledName, blob, cancellationToken);
        await store.DeleteAsync(NewName, cancellationToken);
    }
}

/// <summary>A key that is loaded, and whether the server has verified an answer of it.</summary>
internal sealed class KeptKey(AttestationKey key, ITpmKeyStore store, bool isEnrolled) : IAsyncDisposable
{
    public AttestationKey Key => key;

    public bool IsEnrolled => isEnrolled;

    /// <summary>Notes that the server has verified an answer of the key.</summary>
    /// <exception cref="TpmKeyException">It cannot be written.</exception>
    public Task KeepAsEnrolledAsync(CancellationToken cancellationToken) =>
        isEnrolled ? Task.CompletedTask : KeptKeys.PromoteAsync(store, key.Blob, cancellationToken);

    public ValueTask DisposeAsync() => key.DisposeAsync();
}
