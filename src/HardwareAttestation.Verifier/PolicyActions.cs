namespace HardwareAttestation.Verifier;

/// <summary>What all options of the type <see cref="PolicyAction"/> have in common.</summary>
internal static class PolicyActions
{
    /// <summary>Says which are none: a configuration may have any number.</summary>
    public static IEnumerable<string> FindFaults(params (string Name, PolicyAction Action)[] options) => options
        .Where(option => option.Action is not (PolicyAction.Refuse or PolicyAction.Flag))
        .Select(option => $"{option.Name} is {option.Action}: it can be {PolicyAction.Refuse} or {PolicyAction.Flag}.");
}
