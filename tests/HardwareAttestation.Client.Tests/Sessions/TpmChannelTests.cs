using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client.Tests.Sessions;

public sealed class TpmChannelTests
{
    private const ushort NoSessions = 0x8001;
    private const ushort Sessions = 0x8002;

    // TPMS_AUTH_RESPONSE of a password: no nonce, continueSession, no HMAC.
    private const string PasswordAnswer = "0000" + "01" + "0000";

    private readonly ScriptedTpm _tpm = new();
    private readonly RecordingLogger<TpmChannelTests> _logger = new();
    private readonly TpmChannel _channel;

    public TpmChannelTests() => _channel = new TpmChannel(_tpm, _logger);

    [Fact]
    public async Task A_command_without_authorisation_is_header_handles_and_parameters()
    {
        _tpm.Answer(ScriptedTpm.Response(NoSessions, 0, []));

        await FlushCommandAsync();

        Convert.ToHexString(_tpm.Commands.Single()).Should().Be("8001" + "0000000E" + "00000165" + "80000001");
    }

    [Fact]
    public async Task A_command_with_authorisation_has_its_area_between_handles_and_parameters()
    {
        _tpm.Answer(Good);

        (await NVReadAsync()).Should().Equal(0xAA, 0xBB);

        Convert.ToHexString(_tpm.Commands.Single()).Should().Be(
            "8002" + "00000023" + "0000014E" + "01C00002" + "01C00002" + "00000009" + "40000009" + "0000" + "01" + "0000" + "0002" + "0000");
    }

    [Fact]
    public async Task A_command_with_two_authorisations_has_two_in_its_area_and_reads_two()
    {
        ActivateCredentialCommand command = new(Entity(0x80000001), Entity(0x81010001), new TpmsIdObject([1], [2]), new byte[] { 3 });
        _tpm.Answer(ScriptedTpm.Response(Sessions, 0, Convert.FromHexString("00000003" + "0001CC" + PasswordAnswer + PasswordAnswer)));

        byte[] secret = await _channel.ExecuteAsync<ActivateCredentialCommand, byte[]>(
            command, new Authorizations(PasswordAuthorization.Empty, PasswordAuthorization.Empty), default);

        secret.Should().Equal(0xCC);
        Convert.ToHexString(_tpm.Commands.Single()).Should().Be(
            "8002" + "00000031" + "00000147" + "80000001" + "81010001"
            + "00000012" + "40000009" + "0000" + "01" + "0000" + "40000009" + "0000" + "01" + "0000"
            + "0004" + "0001" + "01" + "02" + "0001" + "03");
    }

    [Fact]
    public async Task A_handle_stands_in_front_of_the_parameters_size()
    {
        LoadCommand command = new(Entity(0x81010001), new byte[] { 1 }, Keys.TestKeys.AttestationKey);
        _tpm.Answer(ScriptedTpm.Response(Sessions, 0, Convert.FromHexString("80000002" + "00000004" + "0002000B" + PasswordAnswer)));

        LoadResponse response = await _channel.ExecuteAsync<LoadCommand, LoadResponse>(command, PasswordAuthorization.Empty, default);

        response.ObjectHandle.Should().Be(new TpmHandle(0x80000002));
        response.Name.ToString().Should().Be("000b");
    }

    [Theory]
    [InlineData("", "*response.tag needs 2 bytes*")]
    [InlineData("8002", "*response.size needs 4 bytes*")]
    [InlineData("8002" + "0000000A" + "000000", "*response.responseCode needs 4 bytes*")]
    [InlineData("8002" + "0000000B" + "00000000", "*response.size is 11, and 10 bytes came*")]
    [InlineData("8002" + "00000009" + "00000000", "*response.size is 9, and 10 bytes came*")]
    [InlineData("8002" + "FFFFFFFF" + "00000000", "*response.size is 4294967295, and 10 bytes came*")]
    [InlineData("8001" + "0000000A" + "00000000", "*response.tag is 0x8001, and 0x8002 was expected*")]
    [InlineData("00C4" + "0000000A" + "00000000", "*response.tag is 0x00C4, and 0x8002 was expected*")]
    [InlineData("0000" + "0000000A" + "00000000", "*response.tag is 0x0000, and 0x8002 was expected*")]
    [InlineData("8002" + "0000000A" + "00000000", "*response.parameterSize needs 4 bytes*")]
    [InlineData("8002" + "0000000E" + "00000000" + "00000004", "*response.parameterSize is 4, and only 0 bytes follow*")]
    [InlineData("8002" + "00000012" + "00000000" + "FFFFFFFF" + "0002AABB", "*response.parameterSize is 4294967295, and only 4 bytes follow*")]
    [InlineData("8002" + "00000012" + "00000000" + "80000000" + "0002AABB", "*response.parameterSize is 2147483648, and only 4 bytes follow*")]
    [InlineData("8002" + "00000012" + "00000000" + "00000004" + "0002AABB", "*TPMS_AUTH_RESPONSE.nonceTPM needs 2 bytes*")]
    [InlineData("8002" + "00000014" + "00000000" + "00000004" + "0002AABB" + "0000", "*TPMS_AUTH_RESPONSE.sessionAttributes needs 1 bytes*")]
    [InlineData("8002" + "00000017" + "00000000" + "00000003" + "0002AABB" + PasswordAnswer, "*")]
    [InlineData("8002" + "00000017" + "00000000" + "00000005" + "0002AABB" + PasswordAnswer, "*")]
    [InlineData("8002" + "00000017" + "00000000" + "00000004" + "0003AABB" + PasswordAnswer, "*TPM2_NV_Read.data needs 3 bytes*")]
    [InlineData("8002" + "00000017" + "00000000" + "00000004" + "0001AABB" + PasswordAnswer, "*The response of TPM2_NV_Read is followed by 1 bytes*")]
    [InlineData("8002" + "00000018" + "00000000" + "00000004" + "0002AABB" + PasswordAnswer + "00", "*authorisation area is followed by 1 bytes*")]
    [InlineData("8002" + "0000001C" + "00000000" + "00000004" + "0002AABB" + PasswordAnswer + PasswordAnswer, "*authorisation area is followed by 5 bytes*")]
    [InlineData("8002" + "00000018" + "00000000" + "00000004" + "0002AABB" + "0000" + "01" + "0001AA", "*TPMS_AUTH_RESPONSE.hmac is not empty*")]
    [InlineData("8002" + "00000015" + "00000000" + "00000004" + "0002AABB" + "FFFF01", "*TPMS_AUTH_RESPONSE.nonceTPM is 65535 bytes long*")]
    [InlineData("8002" + "0000000E" + "00000101" + "00000000", "*A refusing response is followed by 4 bytes*")]
    public async Task A_malformed_response_with_authorisation_is_a_fault_of_the_device(string hex, string fault)
    {
        _tpm.Answer(Convert.FromHexString(hex));
        Func<Task> read = NVReadAsync;

        TpmDeviceException exception = (await read.Should().ThrowAsync<TpmDeviceException>()).WithMessage(fault).Which;
        exception.Message.Should().StartWith("TPM device scripted: the response to TPM2_NV_Read is malformed: ");
        exception.InnerException.Should().BeOfType<TpmFormatException>();
    }

    [Theory]
    [InlineData("8002" + "0000000A" + "00000000", "*response.tag is 0x8002, and 0x8001 was expected*")]
    [InlineData("8001" + "0000000B" + "00000000" + "00", "*The response of TPM2_FlushContext is followed by 1 bytes*")]
    [InlineData("8001" + "0000000E" + "00000000" + "00000000", "*The response of TPM2_FlushContext is followed by 4 bytes*")]
    public async Task A_malformed_response_without_authorisation_is_a_fault_of_the_device(string hex, string fault)
    {
        _tpm.Answer(Convert.FromHexString(hex));
        Func<Task> flush = FlushCommandAsync;

        (await flush.Should().ThrowAsync<TpmDeviceException>()).WithMessage(fault);
    }

    [Fact]
    public async Task Every_truncation_of_a_response_is_a_fault_of_the_device_whatever_its_size_says()
    {
        byte[] good = Good;
        for (int length = 0; length < good.Length; length++)
        {
            byte[] cut = good[..length];
            _tpm.Answer(cut);
            await ((Func<Task>)NVReadAsync).Should().ThrowAsync<TpmDeviceException>();
            if (length >= 10)
            {
                _tpm.Answer(ScriptedTpm.Response(Sessions, 0, good[10..length]));
                await ((Func<Task>)NVReadAsync).Should().ThrowAsync<TpmDeviceException>();
            }
        }
    }

    [Fact]
    public async Task A_quote_that_is_none_is_a_fault_of_the_device()
    {
        QuoteCommand command = new(Entity(0x80000001), default, TpmlPcrSelection.Parse("sha256:0"));
        byte[] parameters = Convert.FromHexString("0002" + "FF54" + "0018" + "000B" + "000101" + "000102");
        _tpm.Answer(ScriptedTpm.Response(Sessions, 0, [0, 0, 0, (byte)parameters.Length, .. parameters, .. Convert.FromHexString(PasswordAnswer)]));
        Func<Task> quote = async () => await _channel.ExecuteAsync<QuoteCommand, QuoteResponse>(command, PasswordAuthorization.Empty, default);

        (await quote.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*TPM2_Quote*TPMS_ATTEST.magic*");
    }

    [Fact]
    public async Task Nothing_of_a_response_stays_in_memory()
    {
        _tpm.Answer(Good).Answer(Good[..^1]);

        await NVReadAsync();
        _tpm.LastBuffer.ToArray().Should().OnlyContain(octet => octet == 0, "it could be the secret of a credential");
        await ((Func<Task>)NVReadAsync).Should().ThrowAsync<TpmDeviceException>();
        _tpm.LastBuffer.ToArray().Should().OnlyContain(octet => octet == 0);
    }

    [Theory]
    [InlineData(0x0000014A, TpmRc.NVUninitialized)]
    [InlineData(0x0000018B, TpmRc.Handle)]
    [InlineData(0x00000921, TpmRc.Lockout)]
    [InlineData(0x000B0143, TpmRc.CommandCode)]
    [InlineData(0x80280400, (TpmRc)0x400)]
    public async Task A_refusal_names_the_command_and_the_code(uint code, TpmRc error)
    {
        _tpm.Refuse(code);
        Func<Task> read = NVReadAsync;

        TpmCommandException exception = (await read.Should().ThrowAsync<TpmCommandException>()).Which;
        exception.Command.Should().Be(TpmCommandCode.NV_Read);
        exception.ResponseCode.Value.Should().Be(code);
        exception.ResponseCode.Error.Should().Be(error);
        exception.Message.Should().StartWith("TPM2_NV_Read was refused with ");
    }

    [Fact]
    public async Task A_refusal_says_what_to_do_where_that_is_known()
    {
        _tpm.Refuse(0x9A2);
        Func<Task> authorise = async () => await _channel.ExecuteAsync<PolicySecretCommand, NoResponse>(
            new(TpmHandle.Endorsement, new TpmHandle(0x03000000)), PasswordAuthorization.Empty, default);

        (await authorise.Should().ThrowAsync<TpmCommandException>())
            .WithMessage("*session 1*The endorsement hierarchy has an authorisation value, and another or an empty one was given*TpmAuthValues.Endorsement.");
    }

    [Fact]
    public async Task A_TPM_1_2_is_said_to_be_one()
    {
        _tpm.Answer(Convert.FromHexString("00C4" + "0000000A" + "0000001E"));
        Func<Task> read = NVReadAsync;

        (await read.Should().ThrowAsync<TpmCommandException>()).WithMessage("*TPM_RC_BAD_TAG*this is a TPM 1.2*");
    }

    [Fact]
    public async Task A_command_that_the_TPM_could_not_take_now_is_sent_again_as_it_was()
    {
        _tpm.Refuse(0x922).Refuse(0x908).Refuse(0x90A).Answer(Good);

        (await NVReadAsync()).Should().Equal(0xAA, 0xBB);

        _tpm.Commands.Should().HaveCount(4);
        _tpm.Commands.Should().OnlyContain(command => command.SequenceEqual(_tpm.Commands[0]));
    }

    [Theory]
    [InlineData(0x922, TpmRc.Retry)]
    [InlineData(0x908, TpmRc.Yielded)]
    [InlineData(0x90A, TpmRc.Testing)]
    public async Task A_TPM_that_can_never_take_the_command_is_asked_for_some_seconds_and_not_for_ever(uint code, TpmRc error)
    {
        HurriedTime time = new();
        TpmChannel channel = new(_tpm, _logger, time: time);
        for (int i = 0; i < 100; i++)
        {
            _tpm.Refuse(code);
        }

        Func<Task> flush = async () => await channel.ExecuteAsync<FlushContextCommand, NoResponse>(new(new TpmHandle(0x80000001)), default);

        (await flush.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(error);
        _tpm.Commands.Should().HaveCount(32);
        time.Delays.Should().BeInAscendingOrder();
        time.Delays[^1].Should().Be(TimeSpan.FromMilliseconds(500));
        time.Delays.Aggregate(TimeSpan.Zero, (sum, delay) => sum + delay).Should().BeCloseTo(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Waiting_for_a_TPM_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        TpmChannel channel = new(_tpm, _logger, time: new HurriedTime(source.Cancel));
        _tpm.Refuse(0x922).Refuse(0x922);
        Func<Task> flush = async () => await channel.ExecuteAsync<FlushContextCommand, NoResponse>(new(new TpmHandle(0x80000001)), source.Token);

        await flush.Should().ThrowAsync<OperationCanceledException>();
        _tpm.Commands.Should().HaveCount(2, "the first delay is none");
    }

    [Fact]
    public async Task Other_warnings_are_refusals()
    {
        _tpm.Refuse(0x902);
        Func<Task> read = NVReadAsync;

        (await read.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.IsWarning.Should().BeTrue();
        _tpm.Commands.Should().ContainSingle();
    }

    [Fact]
    public async Task A_cancelled_command_is_not_sent()
    {
        Func<Task> flush = async () => await _channel.ExecuteAsync<FlushContextCommand, NoResponse>(
            new(new TpmHandle(0x80000001)), new CancellationToken(canceled: true));

        await flush.Should().ThrowAsync<OperationCanceledException>();
        _tpm.Commands.Should().BeEmpty();
    }

    [Fact]
    public async Task A_fault_of_the_device_passes_as_it_is_and_the_next_command_goes_on()
    {
        TpmDeviceException fault = new("scripted", "the link broke.");
        _tpm.Fail(fault).Answer(Good);
        Func<Task> read = NVReadAsync;

        (await read.Should().ThrowAsync<TpmDeviceException>()).Which.Should().BeSameAs(fault);
        (await NVReadAsync()).Should().Equal(0xAA, 0xBB);
    }

    [Fact]
    public async Task A_failed_flush_is_logged_and_not_thrown()
    {
        Exception[] faults = [new TpmDeviceException("scripted", "the link broke."), new ObjectDisposedException("device")];
        _tpm.Refuse(0x18B).Fail(faults[0]).Fail(faults[1]).Answer([0x80]);

        for (uint handle = 0x80000001; handle <= 0x80000004; handle++)
        {
            await _channel.FlushAsync(new TpmHandle(handle));
        }

        _logger.Lines.Should().HaveCount(4).And.OnlyContain(line => line.Level == LogLevel.Warning && line.Id == 1);
        _logger.Lines.Select(line => line.Text).Should().Equal(Enumerable.Range(1, 4).Select(number =>
            $"Handle 0x8000000{number} of TPM device scripted could not be flushed and fills a slot until the next reboot"));
        _logger.Lines[0].Exception.Should().BeOfType<TpmCommandException>();
        _logger.Lines[1].Exception.Should().BeSameAs(faults[0]);
        _logger.Lines[2].Exception.Should().BeSameAs(faults[1]);
        _logger.Lines[3].Exception.Should().BeOfType<TpmDeviceException>();
    }

    [Fact]
    public async Task A_flush_that_succeeds_is_not_worth_a_word()
    {
        _tpm.Answer(ScriptedTpm.Response(NoSessions, 0, []));

        await _channel.FlushAsync(new TpmHandle(0x80000001));

        _logger.Lines.Should().BeEmpty();
    }

    private static byte[] Good => ScriptedTpm.Response(Sessions, 0, Convert.FromHexString("00000004" + "0002AABB" + PasswordAnswer));

    private Task<byte[]> NVReadAsync() => _channel.ExecuteAsync<NVReadCommand, byte[]>(
        new(Entity(0x01C00002), Entity(0x01C00002), 2, 0), PasswordAuthorization.Empty, default).AsTask();

    // A password is not over Names, so that any will do.
    private static TpmEntity Entity(uint handle) => new(new TpmHandle(handle), new TpmName([]));

    private async Task FlushCommandAsync() =>
        await _channel.ExecuteAsync<FlushContextCommand, NoResponse>(new(new TpmHandle(0x80000001)), default);

    /// <summary>A clock on which each delay is over when it begins, unless something else is done instead.</summary>
    private sealed class HurriedTime(Action? instead = null) : TimeProvider
    {
        public List<TimeSpan> Delays { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Delays.Add(dueTime);
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    if (instead is null)
                    {
                        callback(state);
                    }
                    else
                    {
                        instead();
                    }
                },
                null);
            return new NoTimer();
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
