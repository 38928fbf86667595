namespace HardwareAttestation.Client.Testing;

/// <summary>
/// A command or a response of which some bytes may be taken out: those are zero in <see cref="Bytes"/>, stand as two dots in the text, and any byte matches them.
/// </summary>
internal sealed class PartlyHiddenBytes
{
    private const int DigitsPerByte = 2;
    private const string HiddenByte = "..";

    // Null where nothing is hidden.
    private readonly bool[]? _hidden;

    private PartlyHiddenBytes(byte[] bytes, bool[]? hidden)
    {
        Bytes = bytes;
        _hidden = hidden;
    }

    public byte[] Bytes { get; }

    public static PartlyHiddenBytes Of(ReadOnlySpan<byte> bytes) => new(bytes.ToArray(), null);

    /// <summary>Reads hexadecimal digits and dots; null if the text is anything else.</summary>
    public static PartlyHiddenBytes? TryParse(string text)
    {
        if (text.Length % DigitsPerByte != 0)
        {
            return null;
        }

        byte[] bytes = new byte[text.Length / DigitsPerByte];
        bool[] hidden = new bool[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            ReadOnlySpan<char> digits = text.AsSpan(i * DigitsPerByte, DigitsPerByte);
            hidden[i] = digits.SequenceEqual(HiddenByte);
            if (!hidden[i])
            {
                if (!char.IsAsciiHexDigit(digits[0]) || !char.IsAsciiHexDigit(digits[1]))
                {
                    return null;
                }

                bytes[i] = Convert.FromHexString(digits)[0];
            }
        }

        return new(bytes, hidden.Contains(true) ? hidden : null);
    }

    /// <summary>The same with more bytes taken out.</summary>
    public PartlyHiddenBytes Hide(IEnumerable<Range> ranges)
    {
        byte[] bytes = [.. Bytes];
        bool[] hidden = _hidden is null ? new bool[bytes.Length] : [.. _hidden];
        foreach (Range range in ranges)
        {
            bytes.AsSpan(range).Clear();
            hidden.AsSpan(range).Fill(true);
        }

        return new(bytes, hidden.Contains(true) ? hidden : null);
    }

    /// <summary>Where other bytes differ first; null if they match. One that ends where the other goes on differs there.</summary>
    public int? FindDifference(ReadOnlySpan<byte> other)
    {
        int common = Math.Min(Bytes.Length, other.Length);
        for (int i = 0; i < common; i++)
        {
            if (Bytes[i] != other[i] && _hidden?[i] != true)
            {
                return i;
            }
        }

        return Bytes.Length == other.Length ? null : common;
    }

    public override string ToString() =>
        string.Create(Bytes.Length * DigitsPerByte, this, static (digits, self) =>
        {
            Convert.TryToHexStringLower(self.Bytes, digits, out _);
            for (int i = 0; i < self.Bytes.Length; i++)
            {
                if (self._hidden?[i] == true)
                {
                    HiddenByte.CopyTo(digits[(i * DigitsPerByte)..]);
                }
            }
        });
}
