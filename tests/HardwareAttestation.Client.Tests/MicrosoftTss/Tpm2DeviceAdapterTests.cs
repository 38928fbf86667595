using HardwareAttestation.Client.Tests.Devices;
using HardwareAttestation.Emulation;
using MicrosoftTss;
using Tpm2Lib;

namespace HardwareAttestation.Client.Tests.MicrosoftTss;

/// <summary>The sample's adapters one over the other keep the contract of every device, so that neither loses anything on the way.</summary>
public sealed class Tpm2DeviceAdapterContractTests : EmulatedDeviceContract
{
    protected override string DeviceString => Machine.DeviceString;

    protected override ITpmDevice Open(TpmDeviceOptions? options = null) =>
        new Tpm2DeviceAdapter(new TpmDeviceAdapter(TpmDevice.Open(DeviceString, options)), name: DeviceString);
}

/// <summary>What the sample's adapters do where a device of Tpm2Lib fails or is slow.</summary>
public sealed class Tpm2DeviceAdapterTests : IAsyncLifetime
{
    private EmulatedMachine? _machine;

    private EmulatedMachine Machine => _machine ?? throw new InvalidOperationException("The test has not begun.");

    public async Task InitializeAsync() => _machine = await SharedMachines.CreateMachineAsync();

    public async Task DisposeAsync() => await Machine.DisposeAsync();

    [Fact]
    public async Task An_exception_of_Tpm2Lib_is_one_of_the_device_and_the_next_command_connects_anew()
    {
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);
        using HeldDevice device = new(inner) { Failure = new InvalidOperationException("the link broke") };
        await using Tpm2DeviceAdapter adapter = new(device);

        Func<Task> broken = () => TestCommands.HashAsync(adapter, "broken");

        (await broken.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*HeldDevice*the link broke*").And.InnerException.Should().BeSameAs(device.Failure);
        device.Failure = null;
        await TestCommands.HashAsync(adapter, "afterwards");
        (device.Connections, device.Closings).Should().Be((2, 1));
    }

    [Fact]
    public async Task The_late_response_to_a_command_whose_caller_was_cancelled_answers_nobody_else()
    {
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);
        using HeldDevice device = new(inner) { IsHeld = true };
        await using Tpm2DeviceAdapter adapter = new(device);
        using CancellationTokenSource cancellation = new();
        Task cancelled = TestCommands.HashAsync(adapter, "cancelled", cancellation.Token);
        await device.Entered;

        await cancellation.CancelAsync();

        Func<Task> wait = () => cancelled;
        await wait.Should().ThrowAsync<OperationCanceledException>();
        Task next = TestCommands.HashAsync(adapter, "next");
        next.IsCompleted.Should().BeFalse("the device still runs the other command");
        device.Release();
        await next;
    }

    [Fact]
    public async Task Disposing_takes_the_device_along_unless_it_was_lent()
    {
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);
        foreach (bool isLent in new[] { true, false })
        {
            using HeldDevice device = new(inner);
            await new Tpm2DeviceAdapter(device, leaveOpen: isLent).DisposeAsync();

            device.IsDisposed.Should().Be(!isLent);
        }
    }

    [Fact]
    public async Task A_resource_manager_is_there_if_the_device_or_its_user_says_so()
    {
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);
        using HeldDevice device = new(inner);
        await using Tpm2DeviceAdapter believing = new(device, leaveOpen: true);
        await using Tpm2DeviceAdapter told = new(device, hasResourceManager: false, leaveOpen: true);

        believing.HasResourceManager.Should().BeTrue();
        told.HasResourceManager.Should().BeFalse();
    }

    [Fact]
    public async Task Tpm2Lib_is_told_of_a_device_that_fails_by_the_devices_own_exception()
    {
        await using ITpmDevice missing = TpmDevice.Open("swtpm:path=/nonexistent/tpm.sock");
        using TpmDeviceAdapter adapter = new(missing);

        Action dispatch = () => adapter.DispatchCommand(new CommandModifier(), TestCommands.GetRandom(8), out _);

        dispatch.Should().Throw<TpmDeviceException>().WithMessage("*no socket*");
    }

    [Fact]
    public async Task Another_locality_than_0_is_refused()
    {
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);
        using TpmDeviceAdapter adapter = new(inner);

        Action dispatch = () => adapter.DispatchCommand(new CommandModifier { ActiveLocality = 1 }, TestCommands.GetRandom(8), out _);

        dispatch.Should().Throw<NotSupportedException>().WithMessage("Locality 1*");
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_of_the_command_that_runs_and_of_no_other()
    {
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);
        using HeldDevice held = new(inner) { IsHeld = true };
        await using Tpm2DeviceAdapter slow = new(held, leaveOpen: true);
        using TpmDeviceAdapter adapter = new(slow, leaveOpen: true);
        adapter.CancelContext();
        Task running = Task.Run(() => adapter.DispatchCommand(new CommandModifier(), TestCommands.GetRandom(8), out _));
        await held.Entered;

        adapter.CancelContext();

        Func<Task> wait = () => running;
        await wait.Should().ThrowAsync<OperationCanceledException>();
        held.Release();
        adapter.DispatchCommand(new CommandModifier(), TestCommands.Hash("afterwards"), out byte[] response);
        TestCommands.IsHashOf("afterwards", response).Should().BeTrue();
    }

    /// <summary>A device as Tpm2Lib's are, over a real TPM, that can be held up in the middle of a command or fail.</summary>
    private sealed class HeldDevice(ITpmDevice inner) : Tpm2Device
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Connections { get; private set; }

        public int Closings { get; private set; }

        public bool IsDisposed { get; private set; }

        public bool IsHeld { get; init; }

        public Exception? Failure { get; set; }

        public Task Entered => _entered.Task;

        public void Release() => _released.TrySetResult();

        public override void Connect() => Connections++;

        public override void Close() => Closings++;

        public override bool HasRM() => true;

        public override void DispatchCommand(CommandModifier mod, byte[] cmdBuf, out byte[] respBuf)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            byte[] response = new byte[4096];
            int size = inner.ExecuteAsync(cmdBuf, response).AsTask().GetAwaiter().GetResult();
            _entered.TrySetResult();
            if (IsHeld)
            {
                _released.Task.GetAwaiter().GetResult();
            }

            respBuf = response[..size];
        }

        protected override void Dispose(bool disposing) => IsDisposed = true;
    }
}
