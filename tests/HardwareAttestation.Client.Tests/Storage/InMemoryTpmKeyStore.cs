using System.Collections.Concurrent;

namespace HardwareAttestation.Client.Tests.Storage;

/// <summary>A store that keeps the contract, but for durability.</summary>
internal sealed class InMemoryTpmKeyStore : ITpmKeyStore
{
    private readonly ConcurrentDictionary<string, TpmKeyBlob> _blobs = new(StringComparer.Ordinal);

    public Task<TpmKeyBlob?> LoadAsync(string name, CancellationToken cancellationToken = default) =>
        Task.FromResult(_blobs.GetValueOrDefault(Checked(name)));

    public Task<bool> TryAddAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default) => Task.FromResult(_blobs.TryAdd(Checked(name), blob));

    public Task SaveAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default)
    {
        _blobs[Checked(name)] = blob;
        return Task.CompletedTask;
    }

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) => Task.FromResult(_blobs.TryRemove(Checked(name), out _));

    public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => _blobs.Keys.ToAsyncEnumerable();

    private static string Checked(string name) =>
        name.Length is > 0 and <= 64 && name[0] != '.' && name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '.' or '_' or '-')
            ? name
            : throw new ArgumentException("It is no name.", nameof(name));
}
