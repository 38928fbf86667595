using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>What every device does when it is cancelled, disposed, or told nonsense: run through a relay that can be told to misbehave.</summary>
public abstract class TpmDeviceFaultContract : EmulatedDeviceContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan CommandTimeout = new TpmDeviceOptions().CommandTimeout;

    // For what ends with a timeout: the commands before and after it have all the time that they need.
    private readonly StandingClock _clock = new();
    private TpmRelay? _relay;

    protected override string DeviceString => Relay.DeviceString;

    internal TpmRelay Relay => _relay ?? throw new InvalidOperationException("The test has not begun.");

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _relay = CreateRelay();
    }

    public override async Task DisposeAsync()
    {
        if (_relay is not null)
        {
            await _relay.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    internal abstract TpmRelay CreateRelay();

    [Fact]
    public async Task A_call_that_was_cancelled_before_sends_nothing()
    {
        await using ITpmDevice device = Open();

        Func<Task> cancelled = () => TestCommands.HashAsync(device, "never", new CancellationToken(canceled: true));

        await cancelled.Should().ThrowAsync<OperationCanceledException>();
        Relay.Commands.Should().BeEmpty();
    }

    [Fact]
    public async Task A_call_that_is_cancelled_in_the_middle_ends_at_once_and_its_late_response_answers_nobody()
    {
        await using ITpmDevice device = Open();
        HeldResponse held = Relay.HoldNext();
        using CancellationTokenSource source = new();
        byte[] command = TestCommands.Hash("cancelled");
        byte[] response = new byte[4096];
        Task cancelled = device.ExecuteAsync(command, response, source.Token).AsTask();
        await held.Arrived;

        await source.CancelAsync();
        Func<Task> ended = () => cancelled.WaitAsync(Patience);
        (await ended.Should().ThrowAsync<OperationCanceledException>()).And.CancellationToken.Should().Be(source.Token);

        Array.Fill(command, (byte)0xEE);
        Array.Fill(response, (byte)0xEE);
        Task next = TestCommands.HashAsync(device, "next");
        held.Release();
        await next;
        await TestCommands.HashAsync(device, "after next");
        response.Should().OnlyContain(value => value == 0xEE, "the caller's buffer is the caller's again");
        Relay.Commands.Should().HaveCount(3);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_in_the_queue_is_never_sent()
    {
        await using ITpmDevice device = Open();
        HeldResponse held = Relay.HoldNext();
        using CancellationTokenSource source = new();
        Task first = TestCommands.HashAsync(device, "first");
        await held.Arrived;
        Task queued = TestCommands.HashAsync(device, "queued", source.Token);
        Task last = TestCommands.HashAsync(device, "last");

        await source.CancelAsync();
        Func<Task> ended = () => queued.WaitAsync(Patience);
        await ended.Should().ThrowAsync<OperationCanceledException>();
        held.Release();
        await first;
        await last;

        Relay.Commands.Should().BeEquivalentTo(
            new[] { TestCommands.Hash("first"), TestCommands.Hash("last") }, order => order.WithStrictOrdering());
    }

    [Fact]
    public async Task Commands_are_sent_in_the_order_of_the_calls()
    {
        await using ITpmDevice device = Open();
        HeldResponse held = Relay.HoldNext();
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => $"command {i}")];
        Task[] calls = [.. texts.Select(text => TestCommands.HashAsync(device, text))];
        await held.Arrived;

        held.Release();
        await Task.WhenAll(calls);

        Relay.Commands.Should().BeEquivalentTo(texts.Select(TestCommands.Hash), order => order.WithStrictOrdering());
    }

    [Fact]
    public async Task A_response_that_comes_in_pieces_is_put_together()
    {
        await using ITpmDevice device = Open();
        Relay.SendNextInPieces();

        await TestCommands.HashAsync(device, "in pieces");
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(20)]
    public async Task A_link_that_breaks_in_the_response_is_an_error_and_the_next_command_connects_anew(int bytes)
    {
        await using ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "before");
        Relay.BreakOffNext(bytes);

        Func<Task> broken = () => TestCommands.HashAsync(device, "broken").WaitAsync(Patience);

        (await broken.Should().ThrowAsync<TpmDeviceException>()).WithMessage($"*{DeviceString}*closed*").And.Device.Should().Be(DeviceString);
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Theory]
    [InlineData("80030000000C000000000000", "*tag*8003*")]
    [InlineData("00000000000000000000000000000000", "*tag*0000*")]
    [InlineData("485454502F312E3120343030204261642052657175657374", "*tag*4854*")]
    [InlineData("80010000000900000000", "*says 9 bytes*")]
    [InlineData("80010000100100000000", "*says 4097 bytes*")]
    [InlineData("8001FFFFFFFF00000000", "*says 4294967295 bytes*")]
    [InlineData("80010000000A000000000000", "*bytes*")]
    public async Task What_is_not_a_response_is_an_error_and_the_next_command_connects_anew(string bytes, string message)
    {
        await using ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "before");
        Relay.ChangeNext(_ => Convert.FromHexString(bytes));

        Func<Task> nonsense = () => TestCommands.HashAsync(device, "nonsense").WaitAsync(Patience);

        (await nonsense.Should().ThrowAsync<TpmDeviceException>()).WithMessage(message);
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Fact]
    public async Task A_response_that_announces_more_than_comes_is_an_error_and_the_next_command_connects_anew()
    {
        await using ITpmDevice device = OpenWithClock();
        await TestCommands.HashAsync(device, "before");
        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Relay.ChangeNext(_ => Convert.FromHexString("80010000000D000000000000"), sent.SetResult);
        Task lied = TestCommands.HashAsync(device, "lying");
        await sent.Task.WaitAsync(Patience);

        // A link that tells where a response ends says so at once; over the others, the rest could still come.
        _clock.Advance(CommandTimeout);

        Func<Task> lying = () => lied.WaitAsync(Patience);
        await lying.Should().ThrowAsync<TpmDeviceException>();
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Fact]
    public async Task The_answer_of_a_TPM_1_2_is_a_response()
    {
        await using ITpmDevice device = Open();
        Relay.ChangeNext(_ => Convert.FromHexString("00C40000000A0000001E"));
        byte[] response = new byte[4096];

        int length = await device.ExecuteAsync(TestCommands.GetRandom(1), response);

        length.Should().Be(10);
        TestCommands.ResponseCode(response).Should().Be((uint)TpmRc.BadTag);
    }

    [Fact]
    public async Task The_largest_response_fits()
    {
        await using ITpmDevice device = Open();
        byte[] large = new byte[4096];
        new byte[] { 0x80, 0x01, 0, 0, 0x10, 0 }.CopyTo(large, 0);
        Array.Fill(large, (byte)0x5A, 10, large.Length - 10);
        Relay.ChangeNext(_ => large);
        byte[] response = new byte[4096];

        int length = await device.ExecuteAsync(TestCommands.GetRandom(1), response).AsTask().WaitAsync(Patience);

        length.Should().Be(4096);
        response.Should().Equal(large);
    }

    [Fact]
    public async Task A_TPM_that_hangs_is_given_up_after_the_timeout_and_the_next_command_connects_anew()
    {
        await using ITpmDevice device = OpenWithClock();
        await TestCommands.HashAsync(device, "before");
        HeldResponse held = Relay.HoldNext();
        Task hung = TestCommands.HashAsync(device, "hanging");
        await held.Arrived;

        _clock.Advance(CommandTimeout - TimeSpan.FromTicks(1));
        hung.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromTicks(1));

        Func<Task> hanging = () => hung.WaitAsync(Patience);
        (await hanging.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*did not answer within 00:03:00*");
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Fact]
    public async Task After_a_cancelled_command_that_hangs_the_next_one_connects_anew()
    {
        await using ITpmDevice device = OpenWithClock();
        HeldResponse held = Relay.HoldNext();
        using CancellationTokenSource source = new();
        Task cancelled = TestCommands.HashAsync(device, "cancelled", source.Token);
        await held.Arrived;
        await source.CancelAsync();
        Func<Task> ended = () => cancelled.WaitAsync(Patience);
        await ended.Should().ThrowAsync<OperationCanceledException>();

        Task next = TestCommands.HashAsync(device, "next");
        next.IsCompleted.Should().BeFalse("the TPM may still answer the other command");
        _clock.Advance(CommandTimeout);

        await next.WaitAsync(Patience);
    }

    [Fact]
    public async Task Disposing_ends_the_command_under_way_and_those_in_the_queue()
    {
        ITpmDevice device = Open();
        HeldResponse held = Relay.HoldNext();
        using CancellationTokenSource source = new();
        Task underWay = TestCommands.HashAsync(device, "under way");
        await held.Arrived;
        Task queued = TestCommands.HashAsync(device, "queued");
        Task queuedWithToken = TestCommands.HashAsync(device, "queued with a token", source.Token);

        await device.DisposeAsync().AsTask().WaitAsync(Patience);

        foreach (Task call in new[] { underWay, queued, queuedWithToken })
        {
            Func<Task> ended = () => call.WaitAsync(Patience);
            await ended.Should().ThrowAsync<ObjectDisposedException>();
        }

        Relay.Commands.Should().HaveCount(1);
    }

    [Fact]
    public async Task Disposing_after_a_cancelled_command_that_hangs_does_not_hang()
    {
        ITpmDevice device = Open();
        HeldResponse held = Relay.HoldNext();
        using CancellationTokenSource source = new();
        Task cancelled = TestCommands.HashAsync(device, "cancelled", source.Token);
        await held.Arrived;
        await source.CancelAsync();

        await device.DisposeAsync().AsTask().WaitAsync(Patience);

        Func<Task> ended = () => cancelled.WaitAsync(Patience);
        await ended.Should().ThrowAsync<OperationCanceledException>();
    }

    private QueuedTpmDevice OpenWithClock() => new(Client.DeviceString.Parse(DeviceString), new TpmDeviceOptions(), _clock);
}
