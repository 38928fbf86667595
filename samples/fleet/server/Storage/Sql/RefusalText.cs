using System.Text;

namespace Fleet.Server.Storage.Sql;

/// <summary>What strangers sent and we keep: no longer than it need be, and nothing in it that a database or a terminal would stumble over.</summary>
internal static class RefusalText
{
    private const int LongestName = 256;
    private const int LongestDetail = 2000;

    public static Refusal Bound(Refusal refusal) => refusal with
    {
        NodeId = refusal.NodeId is { Length: > 0 } nodeId ? Bound(nodeId, LongestName) : null,
        Step = Bound(refusal.Step, LongestName),
        Check = Bound(refusal.Check, LongestName),
        Detail = Bound(refusal.Detail, LongestDetail),
        Source = Bound(refusal.Source, LongestName),
        Network = Bound(refusal.Network ?? refusal.Source, LongestName),
    };

    private static string Bound(string text, int longest)
    {
        StringBuilder bounded = new(Math.Min(text.Length, longest));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (bounded.Length + rune.Utf16SequenceLength > longest)
            {
                break;
            }

            // Halves of surrogate pairs are enumerated as U+FFFD already.
            bounded.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }

        return bounded.ToString();
    }
}
