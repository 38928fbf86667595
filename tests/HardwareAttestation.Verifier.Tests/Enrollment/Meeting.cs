using System.Collections.Concurrent;
using HardwareAttestation.Verifier.Testing;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>Where callers who do something at once wait for each other, so that what is lost by looking first and acting later is lost each time.</summary>
internal sealed class Meeting
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly ConcurrentDictionary<string, Round> _rounds = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Waits until all callers have come.</summary>
    /// <exception cref="TimeoutException">Some did not.</exception>
    public async Task MeetAsync(string key)
    {
        Round round = _rounds.GetOrAdd(key, _ => new Round());
        round.Arrive();
        await round.AllThere.WaitAsync(Patience);
    }

    /// <summary>Waits until all callers have come, and then lets one act at a time.</summary>
    public async Task<T> MeetAsync<T>(string key, Func<Task<T>> act)
    {
        await MeetAsync(key);
        await _turn.WaitAsync();
        try
        {
            return await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed class Round
    {
        private readonly TaskCompletionSource _allThere = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _arrived;

        public Task AllThere => _allThere.Task;

        public void Arrive()
        {
            if (Interlocked.Increment(ref _arrived) == Expectation.Callers)
            {
                _allThere.SetResult();
            }
        }
    }
}
