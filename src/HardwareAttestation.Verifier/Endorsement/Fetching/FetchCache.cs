namespace HardwareAttestation.Verifier;

/// <summary>
/// Remembers what was fetched, and what could not be. Whoever asks for what is being fetched waits for the same fetch, and may give up without ending it for the others. Bounded in
/// entries, bytes and fetches under way; what would be forgotten first makes room.
/// </summary>
internal sealed class FetchCache<T>(TimeProvider timeProvider, long mostBytes)
    where T : class
{
    internal const int MostEntries = 1024;
    internal const int MostUnderWay = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _underWay;
    private long _bytes;

    /// <summary>How many results are remembered, for tests.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Gives what is remembered, or fetches it.</summary>
    /// <param name="key">What it is.</param>
    /// <param name="fetch">Fetches it, and throws nothing.</param>
    /// <param name="cancellationToken">Ends the waiting, and not the fetch.</param>
    public Task<FetchResult<T>> GetAsync(string key, Func<Task<FetchResult<T>>> fetch, CancellationToken cancellationToken)
    {
        Entry? entry;
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out entry))
            {
                if (entry.Result is not { } result)
                {
                    return entry.Completion.Task.WaitAsync(cancellationToken);
                }

                if (timeProvider.GetUtcNow() < result.KeptUntil)
                {
                    return Task.FromResult(result);
                }

                Remove(key, result);
            }

            if (_underWay == MostUnderWay)
            {
                return Task.FromResult(FetchResult<T>.Failed("too much else is being fetched"));
            }

            entry = new Entry();
            _entries.Add(key, entry);
            _underWay++;
        }

        _ = RunAsync(key, entry, fetch);
        return entry.Completion.Task.WaitAsync(cancellationToken);
    }

    private static long SizeOf(string key, FetchResult<T> result) => result.Size + (sizeof(char) * (long)key.Length);

    private async Task RunAsync(string key, Entry entry, Func<Task<FetchResult<T>>> fetch)
    {
        FetchResult<T> result = await fetch().ConfigureAwait(false);
        lock (_gate)
        {
            entry.Result = result;
            _underWay--;
            _bytes += SizeOf(key, result);
            while (_entries.Count > MostEntries || _bytes > mostBytes)
            {
                (string first, Entry least) = _entries.Where(pair => pair.Value.Result is not null).MinBy(pair => pair.Value.Result!.KeptUntil);
                Remove(first, least.Result!);
            }
        }

        entry.Completion.SetResult(result);
    }

    private void Remove(string key, FetchResult<T> result)
    {
        _entries.Remove(key);
        _bytes -= SizeOf(key, result);
    }

    private sealed class Entry
    {
        /// <summary>The result, once there is one.</summary>
        public FetchResult<T>? Result { get; set; }

        // Who waits goes on by itself, and not inside of the fetch.
        public TaskCompletionSource<FetchResult<T>> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
