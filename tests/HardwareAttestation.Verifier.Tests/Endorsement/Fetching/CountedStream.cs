using System.Security.Cryptography;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>A body whose length nobody can ask for.</summary>
internal sealed class CountedStream(long length, int mostAtOnce = int.MaxValue, Action? beforeRead = null) : Stream
{
    private readonly byte[]? _content;

    public CountedStream(byte[] content)
        : this(content.Length) => _content = content;

    public long WasRead { get; private set; }

    public bool IsDisposed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        beforeRead?.Invoke();
        int count = (int)Math.Min(Math.Min(buffer.Length, mostAtOnce), length - WasRead);
        if (_content is not null)
        {
            _content.AsSpan((int)WasRead, count).CopyTo(buffer.Span);
        }
        else
        {
            RandomNumberGenerator.Fill(buffer.Span[..count]);
        }

        WasRead += count;
        return ValueTask.FromResult(count);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
