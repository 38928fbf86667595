namespace HardwareAttestation.Verifier;

/// <summary>What an <see cref="EndorsementCertificateFetcher"/> may fetch, and how much of it.</summary>
public sealed class EndorsementCertificateFetchOptions
{
    private const int SmallestListSize = 1024;
    private const int LargestListSize = 4 * 1024 * 1024;
    private const int MostRedirects = 10;
    private const int MostFetches = 64;
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestCacheLifetime = TimeSpan.FromDays(1);

    /// <summary>
    /// The hosts that may be asked, by their exact DNS names without regard to case, such as <c>pki.infineon.com</c>; or by an IP address, where addresses in certificates have that. At least
    /// one is needed. Only http and https on their default ports are asked.
    /// </summary>
    public ISet<string> AllowedHosts { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The largest revocation list that is read, in bytes: 1 KiB to 4 MiB, by default 1 MiB. Of issuers' certificates, 32 KiB are read from one address and 16 KiB of one certificate.</summary>
    public int MaximumListSize { get; set; } = 1024 * 1024;

    /// <summary>How long one fetch may take, with its redirects and until the last byte is there: at most 5 minutes, by default 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many redirects are followed in one fetch, each to a host that is allowed: 0 to 10, by default 2.</summary>
    public int MaximumRedirects { get; set; } = 2;

    /// <summary>How many fetches the validation of one endorsement key certificate may ask for, issuers and lists together: 1 to 64, by default 12. What is in the cache counts too.</summary>
    public int MaximumFetches { get; set; } = 12;

    /// <summary>How long what was fetched is used again: at most a day, by default an hour, and a revocation list no longer than until its nextUpdate.</summary>
    public TimeSpan CacheLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Says what is wrong with the options.</summary>
    internal IEnumerable<string> FindFaults()
    {
        if (AllowedHosts.Count == 0)
        {
            yield return $"{nameof(AllowedHosts)} is empty: name the hosts of TPM makers that may be asked, or use no fetcher.";
        }

        foreach (string fault in AllowedHosts.Select(FetchAddressRules.FindFaultOfHost).OfType<string>())
        {
            yield return $"{nameof(AllowedHosts)} has {fault}";
        }

        if (MaximumListSize is < SmallestListSize or > LargestListSize)
        {
            yield return $"{nameof(MaximumListSize)} is {MaximumListSize}: {SmallestListSize} to {LargestListSize} is allowed.";
        }

        if (Timeout <= TimeSpan.Zero || Timeout > LongestTimeout)
        {
            yield return $"{nameof(Timeout)} is {Timeout}: more than zero and at most 5 minutes is allowed.";
        }

        if (MaximumRedirects is < 0 or > MostRedirects)
        {
            yield return $"{nameof(MaximumRedirects)} is {MaximumRedirects}: 0 to {MostRedirects} is allowed.";
        }

        if (MaximumFetches is < 1 or > MostFetches)
        {
            yield return $"{nameof(MaximumFetches)} is {MaximumFetches}: 1 to {MostFetches} is allowed.";
        }

        if (CacheLifetime <= TimeSpan.Zero || CacheLifetime > LongestCacheLifetime)
        {
            yield return $"{nameof(CacheLifetime)} is {CacheLifetime}: more than zero and at most a day is allowed.";
        }
    }
}
