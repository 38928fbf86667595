using System.Net;

namespace HardwareAttestation.FleetLoad.Http;

/// <summary>What a server answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Checks">The ids of the checks that refused; none of what is no refusal by the verifier.</param>
internal record Answer(HttpStatusCode Status, IReadOnlyList<string> Checks)
{
    public bool IsOk => Status == HttpStatusCode.OK;

    public bool IsRefusedBy(string check) => Checks.Contains(check);

    public override string ToString() => Checks.Count == 0 ? $"{(int)Status}" : $"{(int)Status} ({string.Join(", ", Checks)})";
}

/// <summary>What a server answered, and what is in it; null unless <see cref="Answer.IsOk"/>.</summary>
internal sealed record Answer<T>(HttpStatusCode Status, IReadOnlyList<string> Checks, T? Value) : Answer(Status, Checks)
    where T : class
{
    public override string ToString() => base.ToString();
}
