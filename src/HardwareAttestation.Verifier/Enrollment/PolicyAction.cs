namespace HardwareAttestation.Verifier;

/// <summary>What becomes of a check that is not satisfied, where a policy may decide.</summary>
public enum PolicyAction
{
    /// <summary>The verdict is negative.</summary>
    Refuse,

    /// <summary>The verdict carries the finding, and its reader decides.</summary>
    Flag,
}
