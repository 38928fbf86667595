namespace Fleet.Agent;

/// <summary>What the agent was started with.</summary>
internal sealed record AgentOptions
{
    /// <summary>Where the server is.</summary>
    public required Uri Server { get; init; }

    /// <summary>Which node this machine is.</summary>
    public required string Node { get; init; }

    /// <summary>The TPM, as a device string; null for the platform's own.</summary>
    public string? Tpm { get; init; }

    /// <summary>The folder where the key's blob is kept.</summary>
    public required string StateFolder { get; init; }

    /// <summary>How often to attest.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether to end after the first attestation.</summary>
    public bool Once { get; init; }

    /// <summary>A PEM file with the only roots that are trusted for the server's TLS; null for the system's.</summary>
    public string? AuthorityFile { get; init; }
}
