using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests;

public sealed class DelegatingTpmDeviceTests
{
    [Fact]
    public async Task Everything_is_passed_on()
    {
        byte[] response = new byte[32];
        FakeTpm tpm = new();
        Bare device = new(tpm, leaveOpen: false);

        device.Name.Should().Be("fake");
        device.HasResourceManager.Should().BeTrue();
        (await device.ExecuteAsync(new byte[] { 1, 2, 3 }, response, new CancellationToken(canceled: true))).Should().Be(10);
        tpm.Command.Should().Equal(1, 2, 3);
        tpm.IsCancelled.Should().BeTrue();
        TpmHeader.ReadWhole(response.AsSpan(0, 10)).ResponseCode.Value.Should().Be(0x922);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_device_behind_is_disposed_of_unless_it_stays_open(bool leaveOpen)
    {
        FakeTpm tpm = new();

        await using (new Bare(tpm, leaveOpen))
        {
            tpm.IsDisposed.Should().BeFalse();
        }

        tpm.IsDisposed.Should().Be(!leaveOpen);
    }

    [Fact]
    public async Task What_a_derived_class_overrides_it_decides()
    {
        await using Deaf device = new(new FakeTpm());

        (await device.ExecuteAsync(default, default)).Should().Be(0);
        device.Name.Should().Be("fake");
    }

    private sealed class Bare(ITpmDevice inner, bool leaveOpen) : DelegatingTpmDevice(inner, leaveOpen);

    private sealed class Deaf(ITpmDevice inner) : DelegatingTpmDevice(inner)
    {
        public override ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default) => new(0);
    }

    private sealed class FakeTpm : ITpmDevice
    {
        public string Name => "fake";

        public bool HasResourceManager => true;

        public byte[] Command { get; private set; } = [];

        public bool IsCancelled { get; private set; }

        public bool IsDisposed { get; private set; }

        public ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
        {
            Command = command.ToArray();
            IsCancelled = cancellationToken.IsCancellationRequested;
            return new(TpmHeader.WriteResponse(response.Span, new TpmResponseCode(0x922)));
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
