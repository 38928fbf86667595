namespace HardwareAttestation.Verifier;

/// <summary>How much one validation may still fetch, and what it has tried.</summary>
internal sealed class FetchPlan(EndorsementCertificateFetcher fetcher)
{
    private readonly HashSet<string> _tried = new(StringComparer.Ordinal);
    private int _made;

    /// <summary>Gives those addresses that may be asked and were not yet, as long as there are fetches left. Each that is given is counted.</summary>
    /// <param name="addresses">Addresses as they are in a certificate.</param>
    /// <param name="purpose">What they are asked for: one address may serve several.</param>
    /// <param name="notes">Where it is written down why others are not given.</param>
    public IEnumerable<Uri> Choose(IReadOnlyList<string> addresses, string purpose, FetchNotes notes)
    {
        foreach (string text in addresses)
        {
            if (!_tried.Add($"{purpose} {text}"))
            {
                continue;
            }

            if (!fetcher.Rules.TryParse(text, out Uri? address, out string? fault))
            {
                notes.Add(text, fault);
            }
            else if (_made == fetcher.MaximumFetches)
            {
                notes.Add(address.IdnHost, $"no more than {fetcher.MaximumFetches} fetches are made for one certificate");
                yield break;
            }
            else
            {
                _made++;
                yield return address;
            }
        }
    }
}

/// <summary>What could not be fetched and why, in a few sentences for a finding.</summary>
/// <param name="what">What was looked for, at the beginning of a sentence.</param>
internal sealed class FetchNotes(string what)
{
    private const int MostSentences = 3;
    private const int LongestPlace = 128;
    private readonly List<string> _sentences = [];

    /// <summary>Adds a sentence, unless there are enough.</summary>
    /// <param name="place">The host or the address, which may be an attacker's words.</param>
    /// <param name="fault">What went wrong.</param>
    public void Add(string place, string fault)
    {
        if (_sentences.Count < MostSentences)
        {
            _sentences.Add($"{what} could not be fetched from '{PlainText.Of(place, LongestPlace)}': {fault}.");
        }
    }

    public override string ToString() => string.Join(" ", _sentences);
}
