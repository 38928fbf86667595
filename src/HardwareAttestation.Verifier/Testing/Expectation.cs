namespace HardwareAttestation.Verifier.Testing;

/// <summary>What a rule expects of a store.</summary>
internal sealed class Expectation(string rule)
{
    internal const int Callers = 16;

    public void That(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new StoreContractException(rule, otherwise);
        }
    }

    public void Equal<T>(T expected, T actual, string what) => That(
        EqualityComparer<T>.Default.Equals(expected, actual), $"{what} is {Say(actual)}, and {Say(expected)} was expected.");

    public void Equal(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> actual, string what) => That(
        expected.Span.SequenceEqual(actual.Span), $"{what} is {Convert.ToHexStringLower(actual.Span)}, and {Convert.ToHexStringLower(expected.Span)} was expected.");

    /// <summary>Makes many calls that begin in the same moment, each on a thread of its own.</summary>
    public static async Task<TResult[]> AtOnceAsync<TResult>(Func<int, Task<TResult>> call)
    {
        using Barrier barrier = new(Callers);
        return await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                return call(caller);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default).Unwrap())).ConfigureAwait(false);
    }

    private static string Say<T>(T value) => value?.ToString() ?? "null";
}
