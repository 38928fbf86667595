namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>How many other values each byte gets.</summary>
internal enum Flips
{
    /// <summary>In turn the lowest bit flipped, the highest bit flipped, 0x00 or 0xFF.</summary>
    One,

    /// <summary>The lowest bit flipped; and in turn the highest bit flipped, 0x00 or 0xFF.</summary>
    Two,

    /// <summary>The lowest bit flipped, the highest bit flipped, 0x00 and 0xFF.</summary>
    Four,

    /// <summary>Each bit flipped, 0x00 and 0xFF.</summary>
    All,
}

/// <summary>One change of a byte string.</summary>
/// <param name="Kind">What was changed, in a word.</param>
/// <param name="Position">The byte that was changed; -1 where the length was.</param>
/// <param name="Bytes">What became of it.</param>
internal sealed record ByteChange(string Kind, int Position, byte[] Bytes);

/// <summary>Changes a byte string in every place.</summary>
internal static class ByteChanges
{
    /// <param name="right">The bytes.</param>
    /// <param name="flips">How many values the byte at a position gets.</param>
    public static IEnumerable<ByteChange> Of(byte[] right, Func<int, Flips> flips)
    {
        for (int position = 0; position < right.Length; position++)
        {
            foreach (byte wrong in OtherValues(right[position], position, flips(position)).Where(value => value != right[position]).Distinct())
            {
                byte[] changed = [.. right];
                changed[position] = wrong;
                yield return new ByteChange("byte", position, changed);
            }
        }

        foreach (byte[] other in OtherLengths(right).Where(other => !other.AsSpan().SequenceEqual(right)))
        {
            yield return new ByteChange("length", -1, other);
        }
    }

    private static IEnumerable<byte> OtherValues(byte right, int position, Flips flips)
    {
        byte[] usual = [(byte)(right ^ 0x80), 0x00, 0xFF];
        byte lowest = (byte)(right ^ 0x01);
        return flips switch
        {
            Flips.One => [position % 4 == 3 || right == usual[position % 3] ? lowest : usual[position % 3]],
            Flips.Two => [lowest, usual[position % 3]],
            Flips.Four => [lowest, .. usual],
            _ => [.. Enumerable.Range(0, 8).Select(bit => (byte)(right ^ (1 << bit))), .. usual],
        };
    }

    private static IEnumerable<byte[]> OtherLengths(byte[] right)
    {
        for (int length = 0; length < right.Length; length += Math.Max(1, right.Length / 16))
        {
            yield return right[..length];
        }

        if (right.Length > 0)
        {
            yield return right[..^1];
            yield return right[1..];
        }

        yield return [.. right, 0x00];
        yield return [.. right, 0xFF];
        yield return [0x00, .. right];
        yield return [.. right, .. right];
        yield return [.. right, .. new byte[300]];
    }
}
