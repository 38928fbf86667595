using System.Globalization;
using System.Text;

namespace Fleet.Agent;

/// <summary>Text that somebody else chose, such as a server's answer, made fit for one line of a log.</summary>
internal static class PlainText
{
    private const int Longest = 600;

    public static string Of(string? text)
    {
        StringBuilder line = new();
        foreach (Rune rune in (text ?? string.Empty).EnumerateRunes())
        {
            if (line.Length >= Longest)
            {
                line.Append('…');
                break;
            }

            line.Append(IsPlain(rune) ? rune.ToString() : " ");
        }

        return string.Join(' ', line.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    // The others steer a terminal, begin a line, or turn the direction of writing.
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
