namespace HardwareAttestation.Cryptography;

/// <summary>A SEQUENCE of two positive INTEGERs in DER (ITU-T X.690), as RSAPublicKey is (RFC 8017, annex A.1.1), written without garbage.</summary>
internal static class DerIntegers
{
    private const byte Integer = 0x02;
    private const byte Sequence = 0x30;
    private const int MostHeaderSize = 4;

    /// <summary>The most room that two numbers of these sizes take.</summary>
    public static int MaximumSize(int first, int second) => MostHeaderSize + MostHeaderSize + 1 + first + MostHeaderSize + 1 + second;

    /// <summary>Writes it.</summary>
    /// <param name="destination">At least <see cref="MaximumSize"/>.</param>
    /// <param name="first">Big-endian, at most 65,000 bytes.</param>
    /// <param name="second">Likewise.</param>
    /// <returns>How many bytes were written.</returns>
    public static int WritePair(Span<byte> destination, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        int written = WriteHeader(destination, Sequence, SizeOf(first) + SizeOf(second));
        written += WriteInteger(destination[written..], first);
        return written + WriteInteger(destination[written..], second);
    }

    // An INTEGER has a sign: where the first bit is set, a zero goes before it. Zeros that say nothing are left out.
    private static int ContentSize(ReadOnlySpan<byte> number) => number.IsEmpty || number[0] >= 0x80 ? number.Length + 1 : number.Length;

    private static int SizeOf(ReadOnlySpan<byte> number)
    {
        int size = ContentSize(number.TrimStart((byte)0));
        return HeaderSize(size) + size;
    }

    private static int WriteInteger(Span<byte> destination, ReadOnlySpan<byte> number)
    {
        ReadOnlySpan<byte> digits = number.TrimStart((byte)0);
        int size = ContentSize(digits);
        int header = WriteHeader(destination, Integer, size);
        destination[header] = 0;
        digits.CopyTo(destination[(header + size - digits.Length)..]);
        return header + size;
    }

    private static int HeaderSize(int length) => length switch
    {
        < 0x80 => 2,
        <= byte.MaxValue => 3,
        _ => MostHeaderSize,
    };

    private static int WriteHeader(Span<byte> destination, byte tag, int length)
    {
        destination[0] = tag;
        switch (HeaderSize(length))
        {
            case 2:
                destination[1] = (byte)length;
                return 2;
            case 3:
                destination[1] = 0x81;
                destination[2] = (byte)length;
                return 3;
            default:
                destination[1] = 0x82;
                destination[2] = (byte)(length >> 8);
                destination[3] = (byte)length;
                return MostHeaderSize;
        }
    }
}
