using System.Buffers.Binary;

namespace Fleet.Server.Storage.Sql;

/// <summary>Several byte strings in one: each after its length in 4 bytes, big-endian.</summary>
internal static class ByteLists
{
    public static byte[] Join(IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        byte[] joined = new byte[items.Sum(item => sizeof(int) + item.Length)];
        Span<byte> rest = joined;
        foreach (ReadOnlyMemory<byte> item in items)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, item.Length);
            item.Span.CopyTo(rest[sizeof(int)..]);
            rest = rest[(sizeof(int) + item.Length)..];
        }

        return joined;
    }

    /// <exception cref="StorageException">The bytes are not such a list.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> joined)
    {
        List<ReadOnlyMemory<byte>> items = [];
        while (!joined.IsEmpty)
        {
            int length = joined.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32BigEndian(joined.Span);
            if (length < 0 || length > joined.Length - sizeof(int))
            {
                throw new StorageException("A device's certificate chain is damaged in the database. Restore a backup, or remove the device and enrol it anew.");
            }

            items.Add(joined.Slice(sizeof(int), length));
            joined = joined[(sizeof(int) + length)..];
        }

        return items;
    }
}
