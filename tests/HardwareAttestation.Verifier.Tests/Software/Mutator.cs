namespace HardwareAttestation.Verifier.Tests;

/// <summary>Changes bytes at random, and the same bytes the same way for the same seed.</summary>
internal sealed class Mutator
{
    private readonly Random _random;

    public Mutator(int seed) => _random = new Random(seed);

    public int Next(int count) => _random.Next(count);

    /// <summary>Other bytes than the given ones.</summary>
    public byte[] Mutate(ReadOnlySpan<byte> bytes)
    {
        byte[] mutated;
        do
        {
            mutated = bytes.ToArray();
            for (int times = 1 + _random.Next(3); times > 0; times--)
            {
                mutated = MutateOnce(mutated);
            }
        }
        while (bytes.SequenceEqual(mutated));
        return mutated;
    }

    private byte[] MutateOnce(byte[] bytes)
    {
        int at = _random.Next(bytes.Length + 1);
        int end = at + _random.Next(bytes.Length - at + 1);
        switch (_random.Next(8))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. bytes[end..]];
            case 2:
                return [.. bytes[..end], .. bytes[at..]];
            case 3:
                byte[] inserted = new byte[_random.Next(300)];
                _random.NextBytes(inserted);
                return [.. bytes[..at], .. inserted, .. bytes[at..]];
            case 4:
                bytes.AsSpan(at, Math.Min(end - at, 4)).Fill(0xFF);
                return bytes;
            case 5:
                bytes.AsSpan(at, Math.Min(end - at, 64)).Clear();
                return bytes;
            default:
                if (at < bytes.Length)
                {
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                }

                return bytes;
        }
    }
}
