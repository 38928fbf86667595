using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Remembers paths of authorities that held, by the certificates' content, so that the next machine of the same issuer does not repeat the work. Bounded; an entry expires, and serves
/// only for times at which every certificate of it is valid. What does not hold is not remembered: an attacker could fill the memory with it.
/// </summary>
internal sealed class ValidatedAuthorities
{
    internal const int Capacity = 1024;
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly TimeProvider _timeProvider;
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _validations;

    public ValidatedAuthorities(TimeProvider timeProvider) => _timeProvider = timeProvider;

    /// <summary>How many paths had to be validated so far, for tests.</summary>
    public int Validations => _validations;

    public int Count => _entries.Count;

    /// <summary>Validates a path, or remembers that it held.</summary>
    /// <returns>A sentence that says why it does not hold; null if it does.</returns>
    public string? Validate(EndorsementPath path, DateTimeOffset time)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        X509Certificate2[] authorities = path.Authorities;
        string key = string.Concat(authorities.Select(certificate => certificate.GetCertHashString(HashAlgorithmName.SHA256)));
        if (_entries.TryGetValue(key, out Entry? entry) && now < entry.Expires && entry.NotBefore <= time && time <= entry.NotAfter)
        {
            return null;
        }

        Interlocked.Increment(ref _validations);
        if (AuthorityPath.FindFault(path, time) is { } fault)
        {
            return fault;
        }

        MakeRoom(now);
        _entries[key] = new Entry(
            now + Lifetime,
            authorities.Max(certificate => new DateTimeOffset(certificate.NotBefore)),
            authorities.Min(certificate => new DateTimeOffset(certificate.NotAfter)));
        return null;
    }

    private void MakeRoom(DateTimeOffset now)
    {
        if (_entries.Count < Capacity)
        {
            return;
        }

        foreach ((string key, _) in _entries.Where(pair => pair.Value.Expires <= now))
        {
            _entries.TryRemove(key, out _);
        }

        while (_entries.Count >= Capacity && _entries.MinBy(pair => pair.Value.Expires) is { Key: { } oldest })
        {
            _entries.TryRemove(oldest, out _);
        }
    }

    private sealed record Entry(DateTimeOffset Expires, DateTimeOffset NotBefore, DateTimeOffset NotAfter);
}
