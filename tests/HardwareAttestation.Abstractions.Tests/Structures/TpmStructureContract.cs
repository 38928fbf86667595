using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

/// <summary>What holds for every structure: it is read from exactly its bytes and written back as them, and nothing else is taken for it.</summary>
public abstract class TpmStructureContract<T>
    where T : ITpmStructure<T>
{
    private const int MutationsPerVector = 3000;

    /// <summary>Wire forms of valid structures, in hexadecimal.</summary>
    protected abstract IReadOnlyList<string> Vectors { get; }

    /// <summary>Whether a field without a size of its own takes what is left, so that only the size in front of the structure tells its end.</summary>
    protected virtual bool TakesTheRest => false;

    [Fact]
    public void It_is_written_as_it_was_read()
    {
        foreach (string hex in Vectors)
        {
            byte[] bytes = Convert.FromHexString(hex);

            Convert.ToHexString(Write(TpmWire.Parse<T>(bytes))).Should().Be(hex);
        }
    }

    [Fact]
    public void It_is_read_and_written_with_its_size_in_front()
    {
        foreach (string hex in Vectors)
        {
            byte[] bytes = WithSize(Convert.FromHexString(hex));

            TpmWire.ParseSized<T>(bytes).EncodeSized().Should().Equal(bytes);
        }
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        foreach (byte[] bytes in Vectors.Select(Convert.FromHexString))
        {
            byte[] sized = WithSize(bytes);
            for (int length = 0; length < sized.Length; length++)
            {
                IsFormatException(() => TpmWire.ParseSized<T>(sized.AsSpan(0, length))).Should().BeTrue($"{length} of {sized.Length} bytes with the size");
            }

            for (int length = 0; length < bytes.Length && !TakesTheRest; length++)
            {
                IsFormatException(() => TpmWire.Parse<T>(bytes.AsSpan(0, length))).Should().BeTrue($"{length} of {bytes.Length} bytes");
                byte[] resized = WithSize(bytes[..length]);
                IsFormatException(() => TpmWire.ParseSized<T>(resized)).Should().BeTrue($"{length} of {bytes.Length} bytes with a size that fits");
            }
        }
    }

    [Fact]
    public void One_byte_more_is_refused()
    {
        foreach (byte[] bytes in Vectors.Select(Convert.FromHexString))
        {
            IsFormatException(() => TpmWire.ParseSized<T>([.. WithSize(bytes), 0])).Should().BeTrue("the byte is behind the size");
            if (!TakesTheRest)
            {
                IsFormatException(() => TpmWire.Parse<T>([.. bytes, 0])).Should().BeTrue();
                IsFormatException(() => TpmWire.ParseSized<T>(WithSize([.. bytes, 0]))).Should().BeTrue("the byte is in front of the size's end");
            }
        }
    }

    [Fact]
    public void Altered_bytes_are_another_structure_or_refused_and_never_anything_else()
    {
        Random random = new(20260719);
        foreach (byte[] bytes in Vectors.Select(Convert.FromHexString))
        {
            for (int i = 0; i < MutationsPerVector; i++)
            {
                byte[] altered = Alter(bytes, random);
                T structure;
                try
                {
                    structure = TpmWire.Parse<T>(altered);
                }
                catch (TpmFormatException)
                {
                    continue;
                }

                Convert.ToHexString(Write(structure)).Should().Be(Convert.ToHexString(altered));
            }
        }
    }

    [Fact]
    public void Hostile_bytes_cost_no_more_memory_than_in_proportion_to_their_number()
    {
        Random random = new(20260720);
        List<byte[]> inputs = [[], new byte[4096], [.. Enumerable.Repeat((byte)0xFF, 4096)], new byte[1 << 20]];
        foreach (byte[] bytes in Vectors.Select(Convert.FromHexString))
        {
            inputs.Add([.. bytes, .. new byte[4096 - bytes.Length]]);
            inputs.AddRange(Enumerable.Range(0, 100).Select(_ => Alter(bytes, random)));
            for (int place = 0; place + sizeof(uint) <= bytes.Length; place++)
            {
                byte[] lying = [.. bytes];
                lying.AsSpan(place, sizeof(uint)).Fill(0xFF);
                inputs.Add(lying);
            }
        }

        inputs.ForEach(input => IsFormatException(() => TpmWire.Parse<T>(input)));
        foreach (byte[] input in inputs)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            IsFormatException(() => TpmWire.Parse<T>(input));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            // What an exception with its message and stack trace costs, and then the copies.
            allocated.Should().BeLessThan(16 * 1024 + (4 * Math.Min(input.Length, TpmWire.MaximumSize)), $"that is for {input.Length} bytes");
        }
    }

    /// <summary>Writes a structure, from its fields where it keeps the bytes it was read from.</summary>
    protected virtual byte[] Write(T structure) => structure.Encode();

    protected static T Parse(string hex) => TpmWire.Parse<T>(Convert.FromHexString(hex));

    protected static string RefusalOf(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Action parse = () => TpmWire.Parse<T>(bytes);
        return parse.Should().Throw<TpmFormatException>().Which.Message;
    }

    private static bool IsFormatException(Func<T> parse)
    {
        try
        {
            parse();
            return false;
        }
        catch (TpmFormatException)
        {
            return true;
        }
    }

    private static byte[] WithSize(byte[] bytes) => [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    // A few bytes set, bits flipped, bytes taken out or put in: mostly small changes, so that many get far.
    private static byte[] Alter(byte[] bytes, Random random)
    {
        List<byte> altered = [.. bytes];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            // Sizes and selectors stand mostly at the beginning.
            int place = random.Next(2) == 0 ? random.Next(altered.Count) : random.Next(Math.Min(altered.Count, 32));
            switch (random.Next(6))
            {
                case 0 when altered.Count > 1:
                    altered.RemoveAt(place);
                    break;
                case 1:
                    altered.Insert(place, (byte)random.Next(256));
                    break;
                case 2:
                    altered[place] = (byte)random.Next(256);
                    break;
                case 3:
                    altered[place] = (byte)random.Next(40);
                    break;
                default:
                    altered[place] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. altered];
    }
}
