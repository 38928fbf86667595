namespace HardwareAttestation.Client.Testing;

/// <summary>What a rule expects.</summary>
internal sealed class ContractExpectation(string rule)
{
    internal const int Callers = 16;

    public void That(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ContractException(rule, otherwise);
        }
    }

    /// <summary>Expects a call to throw, and says of one that does not or throws something else what it did.</summary>
    public async Task ThrowsAsync<TException>(Func<Task> call, string what)
        where TException : Exception
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (TException)
        {
            return;
        }
        catch (Exception exception)
        {
            throw new ContractException(rule, $"{what} throws {exception.GetType().Name}, and {typeof(TException).Name} was expected.", exception);
        }

        throw new ContractException(rule, $"{what} throws nothing, and {typeof(TException).Name} was expected.");
    }

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
}
