using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Server.Storage.Sql;

/// <summary>Numbers that stand for names, the same in every process.</summary>
internal static class SqlHash
{
    /// <summary>How many counters of removals there are. Each name has one of them, so that removed devices take no room.</summary>
    public const int RemovalCounters = 1024;

    /// <summary>Which counter of removals a node or an endorsement key has.</summary>
    public static int RemovalCounter(string name) => (int)((ulong)Of(name) % RemovalCounters);

    public static long Of(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }
}
