namespace HwAttest;

/// <summary>Text that somebody else chose, such as a certificate's subject, made fit for a terminal and for one line.</summary>
internal static class PlainText
{
    public static string Of(string text) => OfLine(text).Trim();

    /// <summary>The same, with the spaces in front that a line may have.</summary>
    public static string OfLine(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)).TrimEnd();

    /// <summary>The message of an exception, without the name of the parameter that .NET appends.</summary>
    public static string Of(Exception exception)
    {
        int parameter = exception is ArgumentException ? exception.Message.LastIndexOf(" (Parameter '", StringComparison.Ordinal) : -1;
        return Of(parameter < 0 ? exception.Message : exception.Message[..parameter]);
    }
}
