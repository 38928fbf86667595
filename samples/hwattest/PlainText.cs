using System.Globalization;
using System.Text;

namespace HwAttest;

/// <summary>Text that somebody else chose, such as a certificate's subject, made fit for a terminal and for one line.</summary>
internal static class PlainText
{
    public static string Of(string text) => OfLine(text).Trim();

    /// <summary>The same, with the spaces in front that a line may have.</summary>
    public static string OfLine(string text) => string.Concat(text.EnumerateRunes().Select(rune => IsPlain(rune) ? rune.ToString() : " ")).TrimEnd();

    /// <summary>The same as a sentence that another can follow.</summary>
    public static string Sentence(string text)
    {
        string plain = string.Join(' ', OfLine(text).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return plain.EndsWith('.') ? plain : plain + ".";
    }

    /// <summary>The message of an exception, without the name of the parameter that .NET appends.</summary>
    public static string Of(Exception exception)
    {
        int parameter = exception is ArgumentException ? exception.Message.LastIndexOf(" (Parameter '", StringComparison.Ordinal) : -1;
        return Sentence(parameter < 0 ? exception.Message : exception.Message[..parameter]);
    }

    // The others steer a terminal, begin a line, or turn the direction of writing.
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
