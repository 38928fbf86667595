using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HardwareAttestation.Client.Sessions;

/// <summary>
/// A generator that gives the same bytes for the same seed: HMAC-SHA256 keyed with the seed over the client's number and a counter (NIST SP 800-108, counter mode). Who has not
/// the seed cannot tell its bytes from random ones. Not safe to share between threads: who uses it holds the client's gate.
/// </summary>
internal sealed class SeededRandom : RandomNumberGenerator
{
    private readonly byte[] _seed;
    private readonly uint _client;
    private ulong _counter;
    private bool _disposed;

    public SeededRandom(ReadOnlySpan<byte> seed, uint client)
    {
        _seed = seed.ToArray();
        _client = client;
    }

    public override void GetBytes(byte[] data)
    {
        ArgumentNullException.ThrowIfNull(data);
        GetBytes(data.AsSpan());
    }

    public override void GetBytes(Span<byte> data)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> input = stackalloc byte[sizeof(uint) + sizeof(ulong)];
        Span<byte> block = stackalloc byte[HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt32BigEndian(input, _client);
        while (!data.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64BigEndian(input[sizeof(uint)..], _counter++);
            HMACSHA256.HashData(_seed, input, block);
            int size = Math.Min(block.Length, data.Length);
            block[..size].CopyTo(data);
            data = data[size..];
        }

        CryptographicOperations.ZeroMemory(block);
    }

    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_seed);
        base.Dispose(disposing);
    }
}
