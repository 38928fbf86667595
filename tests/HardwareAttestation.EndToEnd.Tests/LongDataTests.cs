using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Signatures over data of any length, from memory and from streams.</summary>
public sealed class LongDataTests
{
    private static readonly byte[] GeneratedByATpm = [0xFF, .. "TCG"u8];

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    [InlineData("rsa2048")]
    public async Task Data_of_any_length_is_signed(string algorithm)
    {
        await using Agent machine = await Agent.StartAsync();
        await using AttestationKey key = await machine.Client.CreateAttestationKeyAsync(
            await machine.Client.GetEndorsementKeyAsync(), new TpmKeyOptions { Algorithm = TpmKeyAlgorithm.Parse(algorithm) });
        foreach (int size in (int[])[0, 1, 3, 4, 1023, 1024, 1025, 2047, 2048, 2049, 4096, 100_000])
        {
            byte[] data = RandomNumberGenerator.GetBytes(size);
            using MemoryStream stream = new(data);
            using TricklingStream trickle = new(data);

            IsSigned(key, data, await key.SignAsync(data));
            IsSigned(key, data, await key.SignAsync(stream));
            IsSigned(key, data, await key.SignAsync(trickle));
            stream.CanRead.Should().BeTrue("the stream is its owner's to close");
        }

        (await RawTpm.ListHandlesAsync(machine.Device.Inner)).Should().ContainSingle("only the key is loaded");
    }

    [Fact]
    public async Task A_stream_is_signed_from_where_it_stands()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        byte[] data = RandomNumberGenerator.GetBytes(3000);
        using MemoryStream stream = new(data) { Position = 1000 };

        IsSigned(key, data[1000..], await key.SignAsync(stream));
    }

    [Fact]
    public async Task Short_data_takes_two_commands_and_the_size_of_the_buffer_is_asked_for_once()
    {
        await using Workbench bench = await Workbench.CreateAsync("L-1");
        (await bench.CountCommandsAsync("sign")).Should().Be(2, "TPM2_Hash and TPM2_Sign");

        bench.Device.Forget();
        await bench.Key.SignAsync(new byte[3000]);
        int first = bench.Device.Commands.Count;
        bench.Device.Forget();
        await bench.Key.SignAsync(new byte[3000]);

        bench.Device.Commands.Should().HaveCount(first - 1).And.HaveCount(5, "start, two updates, complete, sign");
    }

    [Fact]
    public async Task Data_that_begins_as_an_attestation_does_is_refused_whatever_its_length()
    {
        await using Workbench bench = await Workbench.CreateAsync("L-1");
        foreach (int size in (int[])[4, 1024, 1025, 5000])
        {
            byte[] data = new byte[size];
            GeneratedByATpm.CopyTo(data, 0);
            using TricklingStream stream = new(data);
            Func<Task>[] signings = [() => bench.Key.SignAsync(data), () => bench.Key.SignAsync(stream)];
            foreach (Func<Task> sign in signings)
            {
                TpmCommandException refusal = (await sign.Should().ThrowAsync<TpmCommandException>()).Which;
                refusal.ResponseCode.Error.Should().Be(TpmRc.Ticket);
                refusal.Message.Should().Contain("TPM_GENERATED_VALUE").And.Contain("label in front");
                await bench.HoldsWhatItHeldAsync("the TPM refused");
            }
        }
    }

    [Fact]
    public async Task A_stream_that_fails_half_way_leaves_nothing_behind()
    {
        await using Workbench bench = await Workbench.CreateAsync("L-1");
        using TricklingStream stream = new(new byte[5000]) { FailsAt = 4000 };
        Func<Task> sign = () => bench.Key.SignAsync(stream);

        (await sign.Should().ThrowAsync<IOException>()).WithMessage("The disk is gone.");
        await bench.HoldsWhatItHeldAsync("the stream failed");
        await bench.Key.SignAsync(new byte[5000]);
    }

    [Fact]
    public async Task A_stream_that_never_ends_is_left_when_the_caller_cancels()
    {
        await using Workbench bench = await Workbench.CreateAsync("L-1");
        using CancellationTokenSource source = new();
        using TricklingStream stream = new(new byte[5000]) { WaitsAt = 4000, OnWait = source.Cancel };
        Func<Task> sign = () => bench.Key.SignAsync(stream, source.Token);

        await sign.Should().ThrowAsync<OperationCanceledException>();
        await bench.Key.SignAsync(new byte[5000]);
        await bench.HoldsWhatItHeldAsync("the caller cancelled");
    }

    [Fact]
    public async Task A_stream_that_cannot_be_read_is_misuse()
    {
        await using Workbench bench = await Workbench.CreateAsync("L-1");
        MemoryStream closed = new();
        await closed.DisposeAsync();
        Func<Task> sign = () => bench.Key.SignAsync(closed);
        Func<Task> signNothing = () => bench.Key.SignAsync((Stream)null!);

        await sign.Should().ThrowAsync<ArgumentException>().WithMessage("The stream cannot be read*");
        await signNothing.Should().ThrowAsync<ArgumentNullException>();
    }

    private static void IsSigned(AttestationKey key, byte[] data, TpmtSignature signature) =>
        EvidenceVerifier.VerifySignature(key.Public, data, signature.Encode()).ShouldBeVerified();

    /// <summary>A stream that gives a few bytes at a time, as a network does.</summary>
    private sealed class TricklingStream(byte[] data) : Stream
    {
        private int _position;

        public int FailsAt { get; init; } = int.MaxValue;

        public int WaitsAt { get; init; } = int.MaxValue;

        public Action? OnWait { get; init; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_position >= FailsAt)
            {
                throw new IOException("The disk is gone.");
            }

            if (_position >= WaitsAt)
            {
                OnWait?.Invoke();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            const int MostAtATime = 333;
            int count = Math.Min(Math.Min(buffer.Length, MostAtATime), data.Length - _position);
            data.AsSpan(_position, count).CopyTo(buffer.Span);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read asynchronously.");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
