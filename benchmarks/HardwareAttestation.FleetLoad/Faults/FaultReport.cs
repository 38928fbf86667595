namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>What was done to servers and database, and what became of the agents.</summary>
internal sealed record FaultReport
{
    public required int ServersKilled { get; init; }

    public required int DatabaseStops { get; init; }

    public required int DiskFills { get; init; }

    public required int ClockMoves { get; init; }

    public required Journal Journal { get; init; }

    /// <summary>Machines that began to work.</summary>
    public required int Machines { get; init; }

    /// <summary>Machines that were told that they are enrolled, and that the server does not know, or knows with another attestation key.</summary>
    public required IReadOnlyList<string> LostEnrollments { get; init; }

    /// <summary>Machines that were told that a boot is attested, and that the server has not heard of since an earlier one.</summary>
    public required IReadOnlyList<string> LostAttestations { get; init; }

    /// <summary>Challenges that were accepted more than once: as agents were told, and as the server counts.</summary>
    public required IReadOnlyList<string> RedeemedTwice { get; init; }

    /// <summary>Machines that could not attest after everything was mended.</summary>
    public required IReadOnlyList<string> NotRecovered { get; init; }

    public bool AllIsWell => LostEnrollments.Count + LostAttestations.Count + RedeemedTwice.Count + NotRecovered.Count == 0;

    public override string ToString() => $"""
        Servers killed: {ServersKilled}. Database stopped: {DatabaseStops}. Disk filled: {DiskFills}. Clock set: {ClockMoves}.
        Machines: {Machines}, enrolments acknowledged: {Journal.Enrolled.Count()}, boots acknowledged: {Journal.Verified}, answers given twice at once: {Journal.Pairs}, calls without an answer: {Journal.Unreached}.
        Other answers: {Journal.Others}
        Acknowledged enrolments lost: {LostEnrollments.Count}{List(LostEnrollments)}. Acknowledged boots lost: {LostAttestations.Count}{List(LostAttestations)}.
        Challenges redeemed twice: {RedeemedTwice.Count}{List(RedeemedTwice)}. Machines that did not recover: {NotRecovered.Count}{List(NotRecovered)}.
        """;

    private static string List(IReadOnlyList<string> items) => items.Count == 0 ? "" : $" ({string.Join(", ", items.Take(10))})";
}
