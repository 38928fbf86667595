namespace Fleet.Agent;

/// <summary>What one round came to: one of the four below.</summary>
internal abstract record Outcome;

/// <summary>The server has verified that this is the machine that it enrolled.</summary>
/// <param name="Enrolled">Whether it was enrolled just now.</param>
internal sealed record Attested(bool Enrolled) : Outcome;

/// <summary>The server has refused.</summary>
/// <param name="Step">What was asked for, e.g. <c>enrolment</c>.</param>
/// <param name="Refusals">The checks that refused, at least one.</param>
internal sealed record Refused(string Step, IReadOnlyList<Refusal> Refusals) : Outcome;

/// <summary>The server was not reached, is busy, or answered what cannot be used.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="RetryAfter">When it wants to be asked again, if it said so.</param>
internal sealed record ServerFailed(string Reason, TimeSpan? RetryAfter = null) : Outcome;

/// <summary>The TPM failed, or the key that is kept for it cannot be used.</summary>
/// <param name="Reason">A sentence that says what to do.</param>
internal sealed record TpmFailed(string Reason) : Outcome;

/// <summary>One check that refused.</summary>
/// <param name="Check">Its id, e.g. <c>signature.valid</c>.</param>
/// <param name="Detail">Its sentence.</param>
internal sealed record Refusal(string Check, string Detail);
