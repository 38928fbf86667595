using System.Globalization;
using System.Text;

namespace HardwareAttestation.Verifier;

/// <summary>Text that somebody else chose, such as the subject of a certificate, made fit for one line of a log.</summary>
internal static class PlainText
{
    /// <summary>
    /// Writes out what would begin a new line, steer a terminal or turn the direction of writing, as <c>\u000A</c>; a text that is too long is cut.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="maximum">How many characters of it are kept at most.</param>
    /// <returns>The text, on one line. Done again, it stays the same.</returns>
    public static string Of(string text, int maximum)
    {
        bool isCut = text.Length > maximum;

        // Most are of printable ASCII, of which nothing must be written out.
        if (!isCut && (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') || !text.Any(MustBeWrittenOut)))
        {
            return text;
        }

        StringBuilder plain = new();
        foreach (char character in isCut ? text.AsSpan(0, maximum) : text)
        {
            if (MustBeWrittenOut(character))
            {
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }
            else
            {
                plain.Append(character);
            }
        }

        return isCut ? plain.Append('…').ToString() : plain.ToString();
    }

    // Surrogates too: some of the characters that they stand for are invisible, and one without the other is no text.
    private static bool MustBeWrittenOut(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control
        or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.Surrogate;
}
