namespace HardwareAttestation.Client;

/// <summary>Keeps key blobs between boots.</summary>
/// <remarks>
/// Contract: <see cref="SaveAsync"/> and <see cref="TryAddAsync"/> are atomic and durable, also between processes. When one has returned, the blob survives a power cut;
/// when it was interrupted, what was there before is there still. A blob that cannot be read is never replaced or removed by reading it.
/// Whether a store keeps it, <see cref="Testing.TpmKeyStoreContract"/> says.
/// </remarks>
public interface ITpmKeyStore
{
    /// <summary>Reads a blob.</summary>
    /// <param name="name">The key's name: 1 to 64 of <c>a-z 0-9 . _ -</c>, not beginning with a dot.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The blob, or null if there is none of that name.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not such a name.</exception>
    /// <exception cref="TpmKeyException">
    /// There is one, and it is damaged (<see cref="TpmKeyFault.Damaged"/>), of a later version (<see cref="TpmKeyFault.UnsupportedVersion"/>), or cannot be read
    /// (<see cref="TpmKeyFault.Unreadable"/>). Whoever takes the last for a missing key makes a new one beside one that is well.
    /// </exception>
    Task<TpmKeyBlob?> LoadAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Writes a blob, unless there is one of that name already: of several who try at once, exactly one succeeds.</summary>
    /// <param name="name">The key's name.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>True if the blob is safe; false if there is one of that name already, be it damaged, which stays as it is.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not such a name as <see cref="LoadAsync"/> takes.</exception>
    /// <exception cref="TpmKeyException">The blob cannot be written.</exception>
    Task<bool> TryAddAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default);

    /// <summary>Writes a blob, in place of the one of that name if there is one.</summary>
    /// <param name="name">The key's name.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A task that ends when the blob is safe.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not such a name as <see cref="LoadAsync"/> takes.</exception>
    /// <exception cref="TpmKeyException">The blob cannot be written; the one that was there before is there still.</exception>
    Task SaveAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default);

    /// <summary>Removes a blob, if there is one of that name.</summary>
    /// <param name="name">The key's name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Whether there was one, be it damaged. It is removed when the task ends.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not such a name as <see cref="LoadAsync"/> takes.</exception>
    /// <exception cref="TpmKeyException">The blob cannot be removed.</exception>
    Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Lists the names of the blobs, damaged ones too, in no order. Of what is added or removed meanwhile, it may list any.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The names, each once; none where the store is empty.</returns>
    /// <exception cref="TpmKeyException">The names cannot be read.</exception>
    IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default);
}
