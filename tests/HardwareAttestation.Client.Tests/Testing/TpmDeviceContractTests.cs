using HardwareAttestation.Client.Testing;
using HardwareAttestation.Client.Tests.Devices;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Testing;

/// <summary>The contract of devices notices devices that break it: one that is broken on purpose for each rule.</summary>
public sealed class TpmDeviceContractTests : IAsyncLifetime
{
    private static readonly (string Rule, Action<BrokenDevice> Break)[] Faults =
    [
        ("A command gets its response", device => device.Answer = (_, size) => size - 1),
        ("Commands that are sent at once each get their own response", device => device.Shift(always: true)),
        ("Commands that can be cancelled and are sent at once each get their own response", device => device.Shift(always: false)),
        ("A refusal of the TPM is a response", device => device.Answer = (response, size) =>
            TestCommands.ResponseCode(response) == 0 ? size : throw new TpmDeviceException("broken", "the TPM refused.")),
        ("A response that does not fit is refused, and the device stays in step", device => device.Cuts = true),
        ("A malformed command is refused, and the device stays in step", device => device.AnswersMalformed = true),
        ("A call that was cancelled before is not answered, and the device stays in step", device => device.IgnoresTokens = true),
        ("A device has a name, and keeps it", device => device.Names = new Queue<string>(["broken", "another"])),
        ("A device that was disposed of says so", device => device.StaysOpen = true),
        ("A device that was never used can be disposed of, and says so", device => device.StaysOpen = true),
        ("Disposing twice is disposing once", device => device.DisposesOnce = true),
    ];

    private EmulatedMachine? _machine;

    public static TheoryData<string> Rules => new(Faults.Select(fault => fault.Rule));

    private EmulatedMachine Machine => _machine ?? throw new InvalidOperationException("The test has not begun.");

    public async Task InitializeAsync() => _machine = await SharedMachines.CreateMachineAsync();

    public async Task DisposeAsync() => await Machine.DisposeAsync();

    [Fact]
    public async Task A_device_that_keeps_the_contract_passes()
    {
        List<ITpmDevice> made = [];

        await TpmDeviceContract.VerifyAsync(() =>
        {
            made.Add(TpmDevice.Open(Machine.DeviceString));
            return Task.FromResult(made[^1]);
        });

        made.Should().HaveCount(TpmDeviceContract.GetRules().Count, "each rule has a device of its own");
        Func<Task> late = () => TestCommands.HashAsync(made[0], "late");
        await late.Should().ThrowAsync<ObjectDisposedException>("what was made is disposed of");
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task A_device_that_breaks_a_rule_is_noticed(string rule)
    {
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);
        BrokenDevice device = new(inner);
        Faults.Single(fault => fault.Rule == rule).Break(device);
        ContractRule<ITpmDevice> broken = TpmDeviceContract.GetRules().Single(candidate => candidate.Name == rule);

        (await broken.Awaiting(it => it.VerifyAsync(device)).Should().ThrowAsync<ContractException>()).Which.Rule.Should().Be(rule);
    }

    [Fact]
    public void Every_rule_has_a_device_that_breaks_it()
    {
        TpmDeviceContract.GetRules().Select(rule => rule.Name).Should().Equal(Faults.Select(fault => fault.Rule));
    }

    /// <summary>Keeps the contract, but for what it is told to break.</summary>
    private sealed class BrokenDevice(ITpmDevice inner) : ITpmDevice
    {
        private readonly Lock _lock = new();
        private byte[]? _last;
        private bool _disposed;

        public AnswerChange? Answer { get; set; }

        public bool Cuts { get; set; }

        public bool AnswersMalformed { get; set; }

        public bool IgnoresTokens { get; set; }

        public bool StaysOpen { get; set; }

        public bool DisposesOnce { get; set; }

        public Queue<string> Names { get; set; } = new();

        public string Name => Names.TryDequeue(out string? name) ? name : "broken";

        public bool HasResourceManager => false;

        private bool ShiftsAll { get; set; }

        private bool ShiftsCancellable { get; set; }

        /// <summary>Gives each caller the response of the one before him, or those alone who can be cancelled.</summary>
        public void Shift(bool always) => (ShiftsAll, ShiftsCancellable) = (always, !always);

        public async ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(_disposed && !StaysOpen, this);
            if (AnswersMalformed && (command.Length < 10 || command.Span[5] != command.Length || command.Span[2] != 0))
            {
                return 10;
            }

            byte[] whole = new byte[4096];
            int size = await inner.ExecuteAsync(command, whole, IgnoresTokens ? CancellationToken.None : cancellationToken);
            if (ShiftsAll || (ShiftsCancellable && cancellationToken.CanBeCanceled))
            {
                lock (_lock)
                {
                    (_last, whole) = (whole, _last ?? whole);
                }
            }

            size = Answer?.Invoke(whole, size) ?? size;
            if (size > response.Length && !Cuts)
            {
                throw new ArgumentException("It does not fit.", nameof(response));
            }

            size = Math.Min(size, response.Length);
            whole.AsMemory(0, size).CopyTo(response);
            return size;
        }

        public ValueTask DisposeAsync()
        {
            ObjectDisposedException.ThrowIf(_disposed && DisposesOnce, this);
            _disposed = true;
            return ValueTask.CompletedTask;
        }

        public delegate int AnswerChange(ReadOnlySpan<byte> response, int size);
    }
}
