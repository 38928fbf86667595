namespace HardwareAttestation.Verifier;

/// <summary>What a challenge is for. The numbers are stored, and do not change.</summary>
public enum ChallengePurpose
{
    /// <summary>For nothing: no challenge is issued for this.</summary>
    None = 0,

    /// <summary>To enrol a machine.</summary>
    Enrollment = 1,

    /// <summary>To attest an enrolled machine.</summary>
    Attestation = 2,
}

/// <summary>A challenge that was issued and not answered yet.</summary>
public sealed class PendingChallenge
{
    /// <summary>The challenge's id: random, unique.</summary>
    public required string ChallengeId { get; init; }

    /// <summary>What the challenge is for.</summary>
    public required ChallengePurpose Purpose { get; init; }

    /// <summary>The node that the challenge was issued to.</summary>
    public required string NodeId { get; init; }

    /// <summary>
    /// The <see cref="DeviceRecord.EndorsementKeyId"/> of the endorsement key that is to be enrolled, or null for a boot challenge. Whoever has a certificate, and needs no
    /// TPM for that, can ask to be enrolled under any number of names: a store bounds the challenges of one endorsement key.
    /// </summary>
    public string? EndorsementKeyId { get; init; }

    /// <summary>
    /// Where the request came from, in the words of the server's own code, or null if it did not say: a store keeps what comes from one source from pushing out what comes from
    /// others.
    /// </summary>
    public string? Source { get; init; }

    /// <summary>When the challenge ceases to be accepted.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>What the verifier needs to judge the answer, in a form of its own: a few kilobytes, at most 96 KiB, not secret from who runs the server.</summary>
    public required ReadOnlyMemory<byte> State { get; init; }
}
