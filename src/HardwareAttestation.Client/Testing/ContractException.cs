namespace HardwareAttestation.Client.Testing;

/// <summary>A store or a device does not keep a rule of its contract.</summary>
public sealed class ContractException : Exception
{
    internal ContractException(string rule, string what, Exception? innerException = null)
        : base($"The rule \"{rule}\" is broken: {what}", innerException) => Rule = rule;

    /// <summary>The rule.</summary>
    public string Rule { get; }
}
