namespace HardwareAttestation.Verifier.Testing;

/// <summary>A store does not keep a rule of its contract.</summary>
public sealed class StoreContractException : Exception
{
    internal StoreContractException(string rule, string what, Exception? innerException = null)
        : base($"The store breaks the rule \"{rule}\": {what}", innerException) => Rule = rule;

    /// <summary>The rule.</summary>
    public string Rule { get; }
}
