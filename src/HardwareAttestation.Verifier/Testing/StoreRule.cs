namespace HardwareAttestation.Verifier.Testing;

/// <summary>One rule of a store's contract, which can be run by itself: as a case of a test framework's theory, for instance.</summary>
/// <typeparam name="TStore">The kind of store.</typeparam>
public sealed class StoreRule<TStore>
    where TStore : class
{
    private readonly Func<TStore, Expectation, Task> _verify;

    internal StoreRule(string name, Func<TStore, Expectation, Task> verify)
    {
        Name = name;
        _verify = verify;
    }

    /// <summary>The rule, as a sentence.</summary>
    public string Name { get; }

    /// <summary>Runs the rule.</summary>
    /// <param name="emptyStore">A store without content, for this rule alone.</param>
    /// <returns>When the store has kept the rule.</returns>
    /// <exception cref="StoreContractException">It has not; the message says what it did instead.</exception>
    public async Task VerifyAsync(TStore emptyStore)
    {
        ArgumentNullException.ThrowIfNull(emptyStore);
        try
        {
            await _verify(emptyStore, new Expectation(Name)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not StoreContractException)
        {
            throw new StoreContractException(Name, $"it threw {exception.GetType().Name}: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static async Task VerifyAllAsync<TOwn>(IEnumerable<StoreRule<TStore>> rules, Func<Task<TOwn>> createEmptyStore)
        where TOwn : class, TStore
    {
        ArgumentNullException.ThrowIfNull(createEmptyStore);
        foreach (StoreRule<TStore> rule in rules)
        {
            TOwn store = await createEmptyStore().ConfigureAwait(false);
            try
            {
                await rule.VerifyAsync(store).ConfigureAwait(false);
            }
            finally
            {
                if (store is IAsyncDisposable asyncDisposable)
                {
                    await asyncDisposable.DisposeAsync().ConfigureAwait(false);
                }
                else
                {
                    (store as IDisposable)?.Dispose();
                }
            }
        }
    }
}
