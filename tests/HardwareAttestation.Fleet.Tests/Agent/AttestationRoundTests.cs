using Fleet.Agent;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Fleet.Tests.Storage;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Fleet.Tests.Agent;

public sealed class AttestationRoundTests : IAsyncLifetime
{
    private const string Node = "rack1-node7";

    // TPM2_Clear (TPM 2.0 Library, Part 3, section 24.6) with the empty value of the lockout hierarchy.
    private static readonly byte[] Clear =
    [
        0x80, 0x02, 0, 0, 0, 27, 0, 0, 0x01, 0x26, 0x40, 0, 0, 0x0A,
        0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0,
    ];

    private readonly StringWriter _log = new();
    private readonly string _state = Directory.CreateTempSubdirectory("fleet-agent-").FullName;
    private EmulatedMachine _machine = null!;
    private VerifierHandler _server = null!;

    public async Task InitializeAsync()
    {
        _machine = await SharedMachines.CreateMachineAsync();
        _server = await VerifierHandler.CreateAsync();
    }

    public async Task DisposeAsync()
    {
        await _machine.DisposeAsync();
        _server.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    [Fact]
    public async Task A_machine_that_the_server_does_not_know_is_enrolled_and_attested()
    {
        (await RunAsync()).Should().Be(new Attested(Enrolled: true));

        _server.Asked.Should().Equal("challenges", "enrollments", "complete", "challenges", "evidence");
        Blobs().Should().Equal("enrolled.akblob");
    }

    [Fact]
    public async Task An_enrolled_machine_attests_with_the_same_key_after_a_power_cycle()
    {
        await RunAsync();
        byte[] blob = await File.ReadAllBytesAsync(Path.Combine(_state, "enrolled.akblob"));
        await _machine.PowerCycleAsync();
        _server.ForgetCalls();

        (await RunAsync()).Should().Be(new Attested(Enrolled: false));

        _server.Asked.Should().Equal("challenges", "evidence");
        (await File.ReadAllBytesAsync(Path.Combine(_state, "enrolled.akblob"))).Should().Equal(blob);
    }

    [Fact]
    public async Task A_device_that_an_operator_removed_is_enrolled_again_with_its_key()
    {
        await RunAsync();
        await _server.Devices.RemoveAsync(Node);

        (await RunAsync()).Should().Be(new Attested(Enrolled: true));
    }

    [Fact]
    public async Task An_enrolled_key_that_is_refused_is_never_enrolled_over_the_refusal()
    {
        await RunAsync();
        await _server.Devices.RetireAsync(Node, "Sold.");
        _server.ForgetCalls();

        Refused refused = (await RunAsync()).Should().BeOfType<Refused>().Which;

        Refusal refusal = refused.Refusals.Should().ContainSingle().Which;
        refusal.Check.Should().Be("device.active");
        refusal.Detail.Should().NotContain("Sold.", "what operators note is not for whoever asks");
        _server.Asked.Should().Equal("challenges");
    }

    [Fact]
    public async Task Evidence_that_is_refused_is_not_followed_by_an_enrolment()
    {
        await RunAsync();
        _server.ForgetCalls();
        _server.Replace = call => call == "evidence" ? """{"findings":[{"check":"signature.valid","outcome":"refused","detail":"No."}]}""" : null;

        (await RunAsync()).Should().BeOfType<Refused>();

        _server.Asked.Should().Equal("challenges", "evidence");
    }

    [Fact]
    public async Task A_lost_key_is_refused_until_an_operator_allows_the_re_enrolment()
    {
        await RunAsync();
        File.Delete(Path.Combine(_state, "enrolled.akblob"));

        (await RunAsync()).Should().BeOfType<Refused>().Which.Refusals[0].Check.Should().Be("enrollment.node-free");
        _log.ToString().Should().Contain("signature.valid");
        await _server.Devices.GrantReenrollmentAsync(Node, TimeSpan.FromHours(1));

        (await RunAsync()).Should().Be(new Attested(Enrolled: true));
        Blobs().Should().Equal("enrolled.akblob");
    }

    [Fact]
    public async Task The_key_of_an_enrolment_that_was_interrupted_before_it_was_noted_is_the_enrolled_one()
    {
        await RunAsync();
        File.Move(Path.Combine(_state, "enrolled.akblob"), Path.Combine(_state, "new.akblob"));
        _server.ForgetCalls();

        (await RunAsync()).Should().Be(new Attested(Enrolled: false));

        _server.Asked.Should().Equal("challenges", "evidence");
        Blobs().Should().Equal("enrolled.akblob");
    }

    [Fact]
    public async Task A_copy_of_the_disk_beside_another_TPM_is_refused_and_leaves_the_copied_key_alone()
    {
        await RunAsync();
        byte[] blob = await File.ReadAllBytesAsync(Path.Combine(_state, "enrolled.akblob"));
        await _machine.DisposeAsync();
        _machine = await SharedMachines.CreateOtherMachineAsync();

        Refused refused = (await RunAsync()).Should().BeOfType<Refused>().Which;

        refused.Refusals[0].Check.Should().Be("enrollment.node-free");
        _log.ToString().Should().Contain("the enrolled key cannot be used").And.Contain("signature.valid");
        (await File.ReadAllBytesAsync(Path.Combine(_state, "enrolled.akblob"))).Should().Equal(blob);
        Blobs().Should().Equal("enrolled.akblob", "new.akblob");
    }

    [Fact]
    public async Task A_key_of_before_a_TPM2_Clear_is_replaced_when_an_operator_allows_it_and_its_blob_is_kept()
    {
        await RunAsync();
        byte[] blob = await File.ReadAllBytesAsync(Path.Combine(_state, "enrolled.akblob"));
        await _machine.SendCommandAsync(Clear);

        (await RunAsync()).Should().BeOfType<Refused>();
        Blobs().Should().Equal("enrolled.akblob", "new.akblob");
        await _server.Devices.GrantReenrollmentAsync(Node, TimeSpan.FromHours(1));

        (await RunAsync()).Should().Be(new Attested(Enrolled: true));
        Blobs().Should().Equal("enrolled.akblob", "enrolled.replaced-20260601-120000.akblob");
        (await File.ReadAllBytesAsync(Path.Combine(_state, "enrolled.replaced-20260601-120000.akblob"))).Should().Equal(blob);
        (await RunAsync()).Should().Be(new Attested(Enrolled: false));
    }

    [Fact]
    public async Task A_TPM_that_is_cleared_again_and_again_gets_new_keys_and_the_latest_blobs_of_before_are_kept()
    {
        await RunAsync();
        List<byte[]> blobs = [];
        for (int round = 0; round <= KeptKeys.ReplacedKept; round++)
        {
            blobs.Add(await File.ReadAllBytesAsync(Path.Combine(_state, "enrolled.akblob")));
            await _machine.SendCommandAsync(Clear);
            await RunAsync();
            await _machine.SendCommandAsync(Clear);
            await _server.Devices.GrantReenrollmentAsync(Node, TimeSpan.FromHours(1));

            // The second clearing has taken the new key, too, before it was enrolled; and the clock stands still.
            (await RunAsync()).Should().Be(new Attested(Enrolled: true));
        }

        string[] kept = [.. Blobs().Where(name => name!.StartsWith("enrolled.replaced-", StringComparison.Ordinal))!];
        kept.Should().Equal("enrolled.replaced-20260601-120001.akblob", "enrolled.replaced-20260601-120002.akblob", "enrolled.replaced-20260601-120003.akblob");
        kept.Select(name => File.ReadAllBytes(Path.Combine(_state, name))).Should().BeEquivalentTo(blobs.Skip(1), order => order.WithStrictOrdering());
        Blobs().Count(name => name!.StartsWith("new.replaced-", StringComparison.Ordinal)).Should().Be(KeptKeys.ReplacedKept);
    }

    [Fact]
    public async Task A_replacement_that_was_interrupted_keeps_the_old_blob_once()
    {
        await RunAsync();
        await _machine.SendCommandAsync(Clear);
        File.Copy(Path.Combine(_state, "enrolled.akblob"), Path.Combine(_state, "enrolled.replaced-20260601-115959.akblob"));
        await _server.Devices.GrantReenrollmentAsync(Node, TimeSpan.FromHours(1));

        (await RunAsync()).Should().Be(new Attested(Enrolled: true));

        Blobs().Should().Equal("enrolled.akblob", "enrolled.replaced-20260601-115959.akblob");
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("empty")]
    [InlineData("folder")]
    [InlineData("application")]
    public async Task A_blob_that_the_TPM_has_no_word_about_is_told_and_no_key_is_made(string fault)
    {
        await RunAsync();
        string path = Path.Combine(_state, "enrolled.akblob");
        byte[] blob = await File.ReadAllBytesAsync(path);
        File.Delete(path);
        switch (fault)
        {
            case "damaged":
                await File.WriteAllBytesAsync(path, [.. blob.SkipLast(1), (byte)~blob[^1]]);
                break;
            case "empty":
                await File.WriteAllBytesAsync(path, []);
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            default:
                await File.WriteAllBytesAsync(path, await CreateApplicationKeyAsync());
                break;
        }

        _server.ForgetCalls();

        (await RunAsync()).Should().BeOfType<TpmFailed>().Which.Reason.Should().ContainAny(path, "application");

        _server.Asked.Should().BeEmpty();
        Directory.EnumerateFileSystemEntries(_state).Should().Equal(path);
    }

    [Theory]
    [InlineData(0x101u)]
    [InlineData(0x921u)]
    [InlineData(0x1D5u)]
    public async Task A_TPM_that_refuses_to_load_the_key_for_another_reason_is_asked_again_and_no_key_is_made(uint responseCode)
    {
        await RunAsync();
        _server.ForgetCalls();

        (await RunAsync(wrap: device => new RefusingDevice(device, TpmCommandCode.Load, responseCode))).Should().BeOfType<TpmFailed>().Which.Reason.Should().Contain("TPM2_Load");

        _server.Asked.Should().BeEmpty();
        Blobs().Should().Equal("enrolled.akblob");
        (await RunAsync()).Should().Be(new Attested(Enrolled: false));
    }

    [Fact]
    public async Task A_TPM_that_is_gone_is_told_and_the_next_round_finds_it_again()
    {
        await RunAsync();
        string device = _machine.DeviceString;
        await _machine.PowerOffAsync();

        (await RunAsync(device)).Should().BeOfType<TpmFailed>().Which.Reason.Should().Contain(device);
        await _machine.PowerOnAsync(CancellationToken.None);

        (await RunAsync()).Should().Be(new Attested(Enrolled: false));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told()
    {
        await File.WriteAllTextAsync(Path.Combine(_state, "file"), "not a folder");

        (await RunAsync(state: Path.Combine(_state, "file", "state"))).Should().BeOfType<TpmFailed>().Which.Reason.Should().Contain("cannot be");
    }

    [Theory]
    [InlineData("""{"version":2,"challengeId":"c","nodeId":"rack1-node7","nonce":"AAAA","expiresAt":"2030-01-01T00:00:00Z"}""")]
    [InlineData("""{"version":1,"challengeId":"c","nodeId":"another","nonce":"AAAA","expiresAt":"2030-01-01T00:00:00Z"}""")]
    public async Task A_challenge_that_cannot_be_answered_is_the_servers_fault(string challenge)
    {
        _server.Replace = call => call == "challenges" ? challenge : null;

        (await RunAsync()).Should().BeOfType<ServerFailed>();
    }

    [Theory]
    [InlineData(1_500)]
    [InlineData(100_000)]
    public async Task A_challenge_with_an_endless_id_is_the_servers_fault(int length)
    {
        string id = new('x', length);
        _server.Replace = call => call == "challenges"
            ? $$"""{"version":1,"challengeId":"{{id}}","nodeId":"rack1-node7","nonce":"AAAA","expiresAt":"2030-01-01T00:00:00Z"}"""
            : null;

        (await RunAsync()).Should().BeOfType<ServerFailed>();
    }

    [Fact]
    public async Task A_credential_that_is_no_credential_is_the_servers_fault()
    {
        _server.Replace = call => call == "enrollments"
            ? """{"version":1,"challengeId":"c","credentialBlob":"AAAA","encryptedSecret":"AAAA","expiresAt":"2030-01-01T00:00:00Z"}"""
            : null;

        (await RunAsync()).Should().BeOfType<ServerFailed>();
    }

    [Fact]
    public async Task A_server_that_enrols_and_forgets_is_not_enrolled_with_for_ever()
    {
        _server.Replace = call => call == "complete" ? """{"findings":[{"check":"credential.secret","outcome":"passed","detail":"Yes."}]}""" : null;

        (await RunAsync()).Should().BeOfType<ServerFailed>().Which.Reason.Should().Contain("share one database");
        _server.Asked.Should().Equal("challenges", "enrollments", "complete", "challenges");
    }

    private IEnumerable<string?> Blobs() => Directory.EnumerateFiles(_state).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private async Task<byte[]> CreateApplicationKeyAsync()
    {
        await using ITpmDevice device = TpmDevice.Open(_machine.DeviceString);
        await using AttestationClient client = new(device);
        await using ApplicationKey key = await client.CreateApplicationKeyAsync(await client.GetEndorsementKeyAsync());
        return key.Blob.ToArray();
    }

    private async Task<Outcome> RunAsync(string? device = null, string? state = null, Func<ITpmDevice, ITpmDevice>? wrap = null)
    {
        Journal journal = new(_log, withPriorities: false);
        using HttpClient http = ServerHttp.Create(new Uri("http://fleet.example"), new Undisposed(_server));
        AttestationRound round = new(
            Node,
            () => (wrap ?? (opened => opened))(TpmDevice.Open(device ?? _machine.DeviceString)),
            new KeptKeys(state ?? _state, journal, new Clock()),
            new ServerConnection(http, TimeProvider.System),
            journal);
        return await round.RunAsync(CancellationToken.None);
    }

    // The server outlives the clients of its rounds.
    private sealed class Undisposed(HttpMessageHandler handler) : DelegatingHandler(handler)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }
}
