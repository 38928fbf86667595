using Fleet.Server;
using Fleet.Server.Storage;
using HardwareAttestation.Fleet.Tests.Storage;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>How often devices are counted.</summary>
public sealed class SummaryCacheTests : IDisposable
{
    private readonly Clock _clock = new();
    private readonly CountingDirectory _directory = new();
    private readonly SummaryCache _cache;

    public SummaryCacheTests() => _cache = new SummaryCache(_directory, new FleetOptions { SummaryLifetime = TimeSpan.FromSeconds(2) }, _clock);

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task Counts_are_good_for_as_long_as_is_set()
    {
        _directory.Release();

        (await GetAsync()).Should().Be(1);
        _clock.Now += TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1);
        (await GetAsync()).Should().Be(1);
        _clock.Now += TimeSpan.FromTicks(1);
        (await GetAsync()).Should().Be(2);
    }

    [Fact]
    public async Task They_say_when_they_were_made_and_what_was_overdue_then()
    {
        _directory.Release();
        DateTimeOffset then = _clock.Now;
        await _cache.GetAsync(CancellationToken.None);
        _clock.Now += TimeSpan.FromSeconds(1);

        (await _cache.GetAsync(CancellationToken.None)).AsOf.Should().Be(then);
        _directory.OverdueBefore.Should().Be(then - TimeSpan.FromHours(2) - TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_one_has_them_counted_however_long_that_takes()
    {
        Task<long>[] asking = [.. Enumerable.Range(0, 20).Select(_ => GetAsync())];
        _clock.Now += TimeSpan.FromMinutes(1);
        _directory.Release();

        (await Task.WhenAll(asking)).Should().OnlyContain(count => count == 1);
        _directory.MostAtOnce.Should().Be(1);
    }

    [Fact]
    public async Task Who_asks_after_a_change_is_told_of_it_though_others_were_being_counted_for_already()
    {
        Task<long> before = GetAsync();
        _cache.Invalidate();
        Task<long> after = GetAsync();
        _directory.Release();

        (await before).Should().Be(1);
        (await after).Should().Be(2);
        (await GetAsync()).Should().Be(2);
        _directory.MostAtOnce.Should().Be(1);
    }

    [Fact]
    public async Task A_failure_is_its_askers_alone()
    {
        _directory.Release();
        _directory.Failure = new StorageException("It is gone.");
        await this.Awaiting(_ => GetAsync()).Should().ThrowAsync<StorageException>();
        _directory.Failure = null;

        (await GetAsync()).Should().Be(2);
    }

    [Fact]
    public async Task Who_asked_and_went_away_keeps_nobody_waiting()
    {
        using CancellationTokenSource gone = new();
        Task<SummaryCache.Counted> going = _cache.GetAsync(gone.Token);
        Task<long> staying = GetAsync();
        await gone.CancelAsync();
        await going.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        _directory.Release();

        (await staying).Should().Be(2);
    }

    private async Task<long> GetAsync() => (await _cache.GetAsync(CancellationToken.None)).Summary.Attested;

    /// <summary>Says how often it was asked, once it is released.</summary>
    private sealed class CountingDirectory : IFleetDirectory
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;
        private int _atOnce;

        public DateTimeOffset OverdueBefore { get; private set; }

        public int MostAtOnce { get; private set; }

        public StorageException? Failure { get; set; }

        public void Release() => _released.TrySetResult();

        public async Task<FleetSummary> SummarizeAsync(DateTimeOffset overdueBefore, CancellationToken cancellationToken = default)
        {
            int asked = ++_asked;
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            OverdueBefore = overdueBefore;
            try
            {
                await _released.Task.WaitAsync(cancellationToken);
                return Failure is { } failure ? throw failure : new FleetSummary(asked, 0, 0, 0, 0);
            }
            finally
            {
                _atOnce--;
            }
        }

        public Task<IReadOnlyList<DeviceView>> ListAsync(DeviceQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<DeviceView?> FindAsync(string nodeId, DateTimeOffset overdueBefore, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
