using FsCheck;
using FsCheck.Fluent;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>Bytes and texts as an attacker could send them: any whatever, and those that look right for a while.</summary>
internal static class HostileBytes
{
    private static readonly byte[] Tags = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0xA0, 0xA3, 0xA4];

    public static Gen<byte[]> Any => ArbMap.Default.GeneratorFor<byte[]>();

    /// <summary>Right bytes of which some are overwritten, cut out, doubled or followed by others.</summary>
    public static Gen<byte[]> Near(params byte[][] right) =>
        from bytes in Gen.Elements(right)
        from at in Gen.Choose(0, bytes.Length)
        from count in Gen.Choose(0, Math.Min(64, bytes.Length - at))
        from others in Any
        from kind in Gen.Choose(0, 3)
        select kind switch
        {
            0 => [.. bytes[..at], .. others, .. bytes[Math.Min(bytes.Length, at + others.Length)..]],
            1 => [.. bytes[..at], .. bytes[(at + count)..]],
            2 => [.. bytes[..(at + count)], .. bytes[at..]],
            _ => (byte[])[.. bytes[..at], .. others],
        };

    /// <summary>ASN.1 with sizes that mostly tell the truth, in pieces that mean nothing.</summary>
    public static Gen<byte[]> Asn1 => Gen.Sized(size => Value(Math.Min(size, 5)));

    /// <summary>A few bytes many times over.</summary>
    public static Gen<byte[]> Long =>
        from piece in Any
        from times in Gen.Elements(100, 3000, 20_000)
        select Enumerable.Repeat(piece.Length == 0 ? [0x30, 0x80] : piece, times).SelectMany(bytes => bytes).Take(200_000).ToArray();

    private static Gen<byte[]> Value(int depth) =>
        from tag in Gen.Elements(Tags)
        from content in depth == 0 ? Any : Gen.OneOf(Any, Value(depth - 1).ListOf().Select(values => values.Take(6).SelectMany(bytes => bytes).ToArray()))
        from lie in Gen.Choose(0, 15)
        select Encode(tag, content, lie);

    private static byte[] Encode(byte tag, byte[] content, int lie)
    {
        byte[] size = (lie, content.Length) switch
        {
            (0, _) => [0x80],
            (1, _) => [0x84, 0x7F, 0xFF, 0xFF, 0xFF],
            (2, _) => [(byte)((content.Length + 1) % 0x80)],
            (_, < 0x80) => [(byte)content.Length],
            (_, < 0x10000) => [0x82, (byte)(content.Length >> 8), (byte)content.Length],
            _ => [0x83, (byte)(content.Length >> 16), (byte)(content.Length >> 8), (byte)content.Length],
        };
        return [tag, .. size, .. content];
    }
}
