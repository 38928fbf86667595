using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using HardwareAttestation.Protocol;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPML_PCR_SELECTION: PCRs of one or several banks, in order (TPM 2.0 Library, Part 2, section 10.9.7).</summary>
/// <remarks>The order of the banks matters, since a quote's digest is over the values in this order.</remarks>
[JsonConverter(typeof(PcrSelectionJsonConverter))]
public sealed class TpmlPcrSelection : ITpmStructure<TpmlPcrSelection>, IReadOnlyList<TpmsPcrSelection>, IEquatable<TpmlPcrSelection>, IParsable<TpmlPcrSelection>
{
    private const int LeastSelectionSize = 3;
    private readonly TpmsPcrSelection[] _selections;

    /// <summary>Initializes the list.</summary>
    /// <param name="selections">The selections, at most 16; copied.</param>
    /// <exception cref="ArgumentException">There are more than 16.</exception>
    public TpmlPcrSelection(params IEnumerable<TpmsPcrSelection> selections)
    {
        _selections = [.. selections];
        if (_selections.Length > MaximumBanks)
        {
            throw new ArgumentException($"A TPM has at most {MaximumBanks} PCR banks.", nameof(selections));
        }
    }

    private TpmlPcrSelection(ref TpmReader reader)
    {
        _selections = new TpmsPcrSelection[reader.ReadCount("TPML_PCR_SELECTION", LeastSelectionSize, MaximumBanks)];
        for (int i = 0; i < _selections.Length; i++)
        {
            _selections[i] = TpmsPcrSelection.Read(ref reader);
        }
    }

    /// <summary>The largest number of banks that a TPM can have.</summary>
    public static int MaximumBanks => 16;

    /// <inheritdoc/>
    public int Count => _selections.Length;

    /// <inheritdoc/>
    public TpmsPcrSelection this[int index] => _selections[index];

    /// <summary>Whether both select the same PCRs of the same banks in the same order.</summary>
    /// <param name="left">A selection, or null.</param>
    /// <param name="right">A selection, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator ==(TpmlPcrSelection? left, TpmlPcrSelection? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">A selection, or null.</param>
    /// <param name="right">A selection, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmlPcrSelection? left, TpmlPcrSelection? right) => !(left == right);

    /// <inheritdoc/>
    public static TpmlPcrSelection Read(ref TpmReader reader) => new(ref reader);

    /// <summary>Reads the form that TPM tools use: <c>sha256:0,1,7</c>, several banks joined with <c>+</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The selection.</returns>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static TpmlPcrSelection Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out TpmlPcrSelection? selection)
            ? selection
            : throw new FormatException($"'{text}' is not a PCR selection; one looks like 'sha256:0,1,7' or 'sha1:0+sha256:0,1'.");
    }

    /// <summary>Reads the form that TPM tools use, if it is of that form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="selection">The selection.</param>
    /// <returns>Whether the text is of that form: known banks, each once, and PCRs 0 to 23, each once.</returns>
    public static bool TryParse(
        [NotNullWhen(true)] string? text,
        [NotNullWhen(true)] out TpmlPcrSelection? selection)
    {
        selection = null;
        const int LongestText = 2048;
        if (text is null or "" || text.Length > LongestText)
        {
            return false;
        }

        List<TpmsPcrSelection> banks = [];
        foreach (string bank in text.Split('+'))
        {
            int colon = bank.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0
                || !TpmHash.TryParseToolName(bank[..colon], out TpmAlgId hash)
                || banks.Exists(earlier => earlier.Hash == hash)
                || !TryParsePcrs(bank[(colon + 1)..], out int[] pcrs))
            {
                return false;
            }

            banks.Add(new TpmsPcrSelection(hash, pcrs));
        }

        selection = new TpmlPcrSelection(banks);
        return true;
    }

    /// <inheritdoc/>
    static TpmlPcrSelection IParsable<TpmlPcrSelection>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<TpmlPcrSelection>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out TpmlPcrSelection result) => TryParse(s, out result);

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteUInt32((uint)_selections.Length);
        foreach (TpmsPcrSelection selection in _selections)
        {
            selection.Write(ref writer);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<TpmsPcrSelection> GetEnumerator() => ((IEnumerable<TpmsPcrSelection>)_selections).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => _selections.GetEnumerator();

    /// <summary>Whether both select the same PCRs of the same banks in the same order.</summary>
    /// <inheritdoc/>
    public bool Equals(TpmlPcrSelection? other) => other is not null && _selections.AsSpan().SequenceEqual(other._selections);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TpmlPcrSelection);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (TpmsPcrSelection selection in _selections)
        {
            hash.Add(selection);
        }

        return hash.ToHashCode();
    }

    /// <summary>The selection as TPM tools write it.</summary>
    /// <returns>For instance <c>sha1:0+sha256:0,1,7</c>.</returns>
    public override string ToString() => string.Join('+', _selections.AsEnumerable());

    private static bool TryParsePcrs(string text, out int[] pcrs)
    {
        string[] words = text.Split(',');
        pcrs = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            // Digits are looked for here, because int.TryParse passes over NULs at the end.
            if (words[i].AsSpan().ContainsAnyExceptInRange('0', '9')
                || !int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out int pcr)
                || pcr >= TpmsPcrSelection.PcrCount
                || pcrs.AsSpan(0, i).Contains(pcr))
            {
                return false;
            }

            pcrs[i] = pcr;
        }

        return true;
    }
}
