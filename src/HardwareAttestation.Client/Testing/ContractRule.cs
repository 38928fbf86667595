namespace HardwareAttestation.Client.Testing;

/// <summary>One rule of a contract, which can be run by itself: as a case of a test framework's theory, for instance.</summary>
/// <typeparam name="T">What keeps the contract.</typeparam>
public sealed class ContractRule<T>
    where T : class
{
    private readonly Func<T, ContractExpectation, Task> _verify;

    internal ContractRule(string name, Func<T, ContractExpectation, Task> verify)
    {
        Name = name;
        _verify = verify;
    }

    /// <summary>The rule, as a sentence.</summary>
    public string Name { get; }

    /// <summary>Runs the rule.</summary>
    /// <param name="subject">A store without content or a device that is not used yet, for this rule alone. It stays its owner's to dispose of.</param>
    /// <returns>When the rule was kept.</returns>
    /// <exception cref="ContractException">It was not; the message says what happened instead.</exception>
    public async Task VerifyAsync(T subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        try
        {
            await _verify(subject, new ContractExpectation(Name)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not ContractException)
        {
            throw new ContractException(Name, $"{exception.GetType().Name}: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static async Task VerifyAllAsync(IEnumerable<ContractRule<T>> rules, Func<Task<T>> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        foreach (ContractRule<T> rule in rules)
        {
            T subject = await create().ConfigureAwait(false);
            try
            {
                await rule.VerifyAsync(subject).ConfigureAwait(false);
            }
            finally
            {
                if (subject is IAsyncDisposable asyncDisposable)
                {
                    await asyncDisposable.DisposeAsync().ConfigureAwait(false);
                }
                else
                {
                    (subject as IDisposable)?.Dispose();
                }
            }
        }
    }
}
