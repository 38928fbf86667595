namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>What was fetched is remembered within bounds.</summary>
public sealed class FetchCacheTests
{
    private readonly FetchClock _clock = new();
    private int _fetches;

    [Fact]
    public async Task A33_MoreAddressesThanTheCacheHasRoomFor_PushOutWhatIsForgottenFirst()
    {
        FetchCache<string> cache = new(_clock, mostBytes: long.MaxValue);
        await GetAsync(cache, "kept", TimeSpan.FromHours(1));
        for (int i = 0; i < 2 * FetchCache<string>.MostEntries; i++)
        {
            await GetAsync(cache, $"short {i}", TimeSpan.FromMinutes(1));
        }

        cache.Count.Should().Be(FetchCache<string>.MostEntries);
        int before = _fetches;
        await GetAsync(cache, "kept", TimeSpan.FromHours(1));
        _fetches.Should().Be(before);
    }

    [Fact]
    public async Task A33_MoreBytesThanTheCacheHasRoomFor_PushOutWhatIsForgottenFirst()
    {
        FetchCache<string> cache = new(_clock, mostBytes: 10_000);
        for (int i = 0; i < 100; i++)
        {
            await GetAsync(cache, $"{i}", TimeSpan.FromMinutes(1 + i), size: 3000);
        }

        cache.Count.Should().Be(3);
        (await GetAsync(cache, "too large", TimeSpan.FromDays(1), size: 10_001)).Value.Should().Be("too large");
        cache.Count.Should().Be(0);
    }

    [Fact]
    public async Task A33_MoreFetchesAtOnceThanAreAllowed_AreRefusedAndNotRemembered()
    {
        FetchCache<string> cache = new(_clock, mostBytes: long.MaxValue);
        TaskCompletionSource<FetchResult<string>> answer = new();
        Task<FetchResult<string>>[] underWay =
        [
            .. Enumerable.Range(0, FetchCache<string>.MostUnderWay).Select(i => cache.GetAsync($"{i}", () => answer.Task, CancellationToken.None)),
        ];

        FetchResult<string> oneMore = await GetAsync(cache, "more", TimeSpan.FromHours(1));
        Task<FetchResult<string>> shared = cache.GetAsync("0", () => throw new InvalidOperationException("It is fetched already."), CancellationToken.None);
        answer.SetResult(FetchResult<string>.Of("value"));
        await Task.WhenAll([.. underWay, shared]);

        oneMore.Fault.Should().Be("too much else is being fetched");
        (await GetAsync(cache, "more", TimeSpan.FromHours(1))).HasValue.Should().BeTrue();
    }

    private Task<FetchResult<string>> GetAsync(FetchCache<string> cache, string key, TimeSpan lifetime, long size = 1) => cache.GetAsync(
        key,
        () =>
        {
            _fetches++;
            return Task.FromResult(FetchResult<string>.Of(key) with { KeptUntil = _clock.GetUtcNow() + lifetime, Size = size });
        },
        CancellationToken.None);
}
