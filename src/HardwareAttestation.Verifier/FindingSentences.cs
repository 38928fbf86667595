using System.Globalization;
using System.Runtime.CompilerServices;

namespace HardwareAttestation.Verifier;

/// <summary>What a finding says if its check is satisfied: where values stand in the sentence, it is written only then.</summary>
[InterpolatedStringHandler]
internal ref struct PassedSentence
{
    private readonly string _text = string.Empty;
    private DefaultInterpolatedStringHandler _interpolated;

    /// <summary>Called by the compiler.</summary>
    public PassedSentence(int literalLength, int formattedCount, bool satisfied, out bool isWanted)
    {
        isWanted = satisfied;
        if (isWanted)
        {
            _interpolated = new(literalLength, formattedCount, CultureInfo.InvariantCulture);
        }
    }

    private PassedSentence(string text) => _text = text;

    public static implicit operator PassedSentence(string text) => new(text);

    public void AppendLiteral(string text) => _interpolated.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _interpolated.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _interpolated.AppendFormatted(value, format);

    /// <summary>The sentence. To be asked for once.</summary>
    public string Take() => _text.Length > 0 ? _text : _interpolated.ToStringAndClear();
}

/// <summary>What a finding says if its check is not satisfied: written only then. It names what was found, and most checks pass.</summary>
[InterpolatedStringHandler]
internal ref struct RefusedSentence
{
    private readonly string _text = string.Empty;
    private DefaultInterpolatedStringHandler _interpolated;

    /// <summary>Called by the compiler.</summary>
    public RefusedSentence(int literalLength, int formattedCount, bool satisfied, out bool isWanted)
    {
        isWanted = !satisfied;
        if (isWanted)
        {
            _interpolated = new(literalLength, formattedCount, CultureInfo.InvariantCulture);
        }
    }

    private RefusedSentence(string text) => _text = text;

    public static implicit operator RefusedSentence(string text) => new(text);

    public void AppendLiteral(string text) => _interpolated.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _interpolated.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _interpolated.AppendFormatted(value, format);

    /// <summary>The sentence. To be asked for once.</summary>
    public string Take() => _text.Length > 0 ? _text : _interpolated.ToStringAndClear();
}
