using System.Text.Json;
using HardwareAttestation.Client;
using HardwareAttestation.Client.Testing;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>What is recorded on a machine is replayed without one.</summary>
public sealed class TranscriptTests
{
    private static readonly byte[] Owner = "the owner's value"u8.ToArray();
    private static readonly byte[] Endorsement = "the endorsement hierarchy's value"u8.ToArray();
    private static readonly byte[] Key = "the attestation key's value"u8.ToArray();
    private static readonly byte[] Secret = "a credential's secret"u8.ToArray();

    [Theory]
    [InlineData("L-1", TpmKeyParent.EndorsementKey)]
    [InlineData("H-3", TpmKeyParent.EndorsementKey)]
    [InlineData("H-3", TpmKeyParent.StorageRootKey)]
    public async Task A_machines_whole_life_is_replayed_without_a_TPM_and_gives_the_same_bytes(string template, TpmKeyParent parent)
    {
        (string text, Server server, string[] messages) = await RecordAsync(template, parent, recordSecrets: true);

        ReplayingTpmDevice replay = new(TpmTranscript.Parse(text));
        string[] again = await LiveAsync(replay, server.Again(), template, parent);

        again.Should().Equal(messages);
        replay.IsAtEnd.Should().BeTrue();
        TextOf(TpmTranscript.Parse(text)).Should().Be(text);
    }

    [Fact]
    public async Task Nothing_secret_is_in_a_redacted_transcript()
    {
        (string text, _, _) = await RecordAsync("L-1", TpmKeyParent.EndorsementKey, recordSecrets: true);
        (string redacted, _, _) = await RecordAsync("L-1", TpmKeyParent.EndorsementKey, recordSecrets: false);
        string seed = JsonDocument.Parse(text.Split('\n')[0]).RootElement.GetProperty("seed").GetString()!;

        TpmTranscript taken = TpmTranscript.Parse(text).Redact();

        taken.IsRedacted.Should().BeTrue();
        TextOf(taken).Should().NotContain("seed").And.NotContain(seed);
        ShouldTellNone(TextOf(taken), Owner, Endorsement, Key, Secret);
        redacted.Should().NotContain("seed");
        ShouldTellNone(redacted, Owner, Endorsement, Key, Secret);
        TextOf(TpmTranscript.Parse(redacted).Redact()).Should().Be(redacted, "there was nothing left to take out");
        taken.Exchanges.Select(exchange => exchange.CommandCode).Should().Equal(TpmTranscript.Parse(text).Exchanges.Select(exchange => exchange.CommandCode));
    }

    [Fact]
    public async Task What_is_said_in_the_clear_is_redacted_too()
    {
        byte[] index = "what an index holds"u8.ToArray();
        byte[] hashed = "what is hashed"u8.ToArray();
        TpmHandle handle = new(0x01500001);
        StringWriter output = new();
        await using (Agent agent = await Agent.StartAsync())
        {
            await using RecordingTpmDevice device = new(agent.Device, output, new() { RecordSecrets = true, LeaveOpen = true });
            (AttestationKey key, _) = await agent.CreateRequestAsync(template: EndorsementKeyTemplate.H3);
            await ActivateInTheClearAsync(agent, device, key);
            await key.DisposeAsync();
            await RawTpm.StoreAsync(device, handle, index);
            await device.ExecuteAsync(Command(TpmCommandCode.NV_Read, true, (ref TpmWriter writer) =>
            {
                writer.WriteHandle(handle);
                writer.WriteHandle(handle);
                WritePassword([], ref writer);
                writer.WriteUInt16((ushort)index.Length);
                writer.WriteUInt16(0);
            }), new byte[TpmWire.MaximumSize]);
            await device.ExecuteAsync(Command(TpmCommandCode.Hash, false, (ref TpmWriter writer) =>
            {
                writer.WriteSized(hashed);
                writer.WriteAlgorithm(TpmAlgId.Sha256);
                writer.WriteHandle(TpmHandle.Null);
            }), new byte[TpmWire.MaximumSize]);
            TpmHandle primary = await RawTpm.CreatePrimaryAsync(device, TpmHandle.Owner, EndorsementKeyTemplate.L2.PublicArea, Key);
            await RawTpm.FlushAsync(device, primary.Value);
            await RawTpm.ChangeHierarchyAuthAsync(device, TpmHandle.Owner, Owner);
            await device.ExecuteAsync(Command(TpmCommandCode.EvictControl, true, (ref TpmWriter writer) =>
            {
                writer.WriteHandle(TpmHandle.Owner);
                writer.WriteUInt32(0x80000000);
                WritePassword(Owner, ref writer);
                writer.WriteUInt32(0x81000005);
            }), new byte[TpmWire.MaximumSize]);
        }

        string text = output.ToString();
        TpmTranscript transcript = TpmTranscript.Parse(text);
        byte[][] secrets = [Secret, index, hashed, Key, Owner];
        foreach (byte[] secret in secrets)
        {
            text.Should().Contain(Convert.ToHexStringLower(secret), "else this test shows nothing");
        }

        ShouldTellNone(TextOf(transcript.Redact()), secrets);
    }

    [Fact]
    public async Task What_needs_no_session_is_replayed_from_a_redacted_transcript_and_a_session_is_refused_with_the_reason()
    {
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,7");
        StringWriter output = new();
        TpmInfo info;
        EndorsementKey endorsementKey;
        IReadOnlyList<PcrValue> values;
        await using (Agent agent = await Agent.StartAsync())
        {
            await using RecordingTpmDevice device = new(agent.Device, output, new() { LeaveOpen = true });
            await using AttestationClient client = new(device);
            info = await client.GetTpmInfoAsync();
            endorsementKey = await client.GetEndorsementKeyAsync();
            values = await client.ReadPcrsAsync(selection);
            await (await client.CreateAttestationKeyAsync(endorsementKey)).DisposeAsync();
        }

        await using ReplayingTpmDevice replay = new(TpmTranscript.Parse(output.ToString()));
        await using AttestationClient again = new(replay);

        (await again.GetTpmInfoAsync()).FirmwareVersion.Should().Be(info.FirmwareVersion);
        (await again.GetEndorsementKeyAsync()).Certificate.ToArray().Should().Equal(endorsementKey.Certificate.ToArray());
        (await again.ReadPcrsAsync(selection)).Select(value => Convert.ToHexString(value.Digest.Span)).Should().Equal(values.Select(value => Convert.ToHexString(value.Digest.Span)));
        Func<Task> session = () => again.CreateAttestationKeyAsync(endorsementKey);
        (await session.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*TPM2_StartAuthSession*in the parameters*transcript is redacted*");
    }

    [Fact]
    public async Task Two_clients_on_a_recorded_device_never_draw_the_same_numbers()
    {
        StringWriter output = new();
        await using (Agent agent = await Agent.StartAsync())
        {
            await using RecordingTpmDevice device = new(agent.Device, output, new() { RecordSecrets = true, LeaveOpen = true });
            for (int start = 0; start < 2; start++)
            {
                await using AttestationClient client = new(device);
                EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.H3);
                await (await client.CreateAttestationKeyAsync(endorsementKey)).DisposeAsync();
            }
        }

        string[] sessions = [.. TpmTranscript.Parse(output.ToString()).Exchanges
            .Where(exchange => exchange.CommandCode == TpmCommandCode.StartAuthSession)
            .Select(exchange => Convert.ToHexString(exchange.Command.Span))];

        sessions.Should().HaveCountGreaterThan(1).And.OnlyHaveUniqueItems();
    }

    private delegate void WriteBody(ref TpmWriter writer);

    private static string TextOf(TpmTranscript transcript)
    {
        using StringWriter writer = new();
        transcript.WriteTo(writer);
        return writer.ToString();
    }

    private static async Task<(string Text, Server Server, string[] Messages)> RecordAsync(string template, TpmKeyParent parent, bool recordSecrets)
    {
        StringWriter output = new();
        Server server = await Server.StartAsync();
        await using Agent agent = await Agent.StartAsync();
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device, TpmHandle.Owner, Owner);
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device, TpmHandle.Endorsement, Endorsement);
        string[] messages;
        await using (RecordingTpmDevice device = new(agent.Device, output, new() { RecordSecrets = recordSecrets, LeaveOpen = true }))
        {
            messages = await LiveAsync(device, server, template, parent);
            device.Fault.Should().BeNull();
        }

        return (output.ToString(), server, messages);
    }

    // A machine's life: its endorsement key, a new attestation key, its enrolment, a start later its evidence, a signature and a certified key.
    private static async Task<string[]> LiveAsync(ITpmDevice device, Server server, string template, TpmKeyParent parent)
    {
        TpmAuthValues values = new() { Owner = Owner, Endorsement = Endorsement };
        List<string> messages = [];
        TpmKeyBlob blob;
        await using (AttestationClient client = new(device, authValues: values))
        {
            EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
            await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Parent = parent, AuthValue = Key });
            EnrollmentRequest request = key.CreateEnrollmentRequest(TestFleet.Node, endorsementKey);
            messages.Add(JsonSerializer.Serialize(request, ProtocolJson.EnrollmentRequest));
            CredentialResponse response = await key.RespondAsync(await server.BeginAsync(request), TestFleet.Node);
            messages.Add(JsonSerializer.Serialize(response, ProtocolJson.CredentialResponse));
            await server.CompleteAsync(response);
            Credential credential = server.MakeCredential(endorsementKey, key);
            messages.Add(Convert.ToHexString(await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret)));
            blob = key.Blob;
        }

        await using (AttestationClient client = new(device, authValues: values))
        {
            await using AttestationKey key = await client.LoadAttestationKeyAsync(blob, Key);
            AttestationEvidence evidence = await key.RespondAsync(await server.ChallengeAsync());
            messages.Add(JsonSerializer.Serialize(evidence, ProtocolJson.AttestationEvidence));
            await server.VerifyAsync(evidence);
            messages.Add(Convert.ToHexString((await key.SignAsync("data"u8.ToArray())).Encode()));
            if (parent is TpmKeyParent.StorageRootKey)
            {
                // Where the owner has a value, two keys and what makes the storage root key are more than the three slots of a TPM.
                return [.. messages];
            }

            await using ApplicationKey application = await client.CreateApplicationKeyAsync(await client.GetEndorsementKeyAsync(blob.EndorsementTemplate));
            TpmAttestation certified = await key.CertifyAsync(application, "nonce"u8.ToArray());
            messages.Add(Convert.ToHexString(certified.Attest.Span) + Convert.ToHexString(certified.Signature.Encode()));
        }

        return [.. messages];
    }

    private static async Task ActivateInTheClearAsync(Agent agent, ITpmDevice device, AttestationKey key)
    {
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.H3);
        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, Secret);
        uint loaded = (await RawTpm.ListHandlesAsync(agent.Device)).Single();
        byte[] sized = new byte[sizeof(ushort) + credential.EncryptedSecret.Length];
        new TpmWriter(sized).WriteSized(credential.EncryptedSecret.Span);
        await RawTpm.ActivateCredentialAsync(
            device, new TpmHandle(loaded), EndorsementKeyTemplate.H3.PersistentHandles[0], credential.CredentialBlob.EncodeSized(), sized);
    }

    private static byte[] Command(TpmCommandCode code, bool hasSessions, WriteBody write)
    {
        TpmWriter writer = new(new byte[TpmWire.MaximumSize]);
        writer.WriteUInt16((ushort)(hasSessions ? TpmSt.Sessions : TpmSt.NoSessions));
        writer.WriteUInt32(0);
        writer.WriteUInt32((uint)code);
        write(ref writer);
        writer.OverwriteUInt32(sizeof(ushort), (uint)writer.Position);
        return writer.Written.ToArray();
    }

    private static void WritePassword(byte[] value, ref TpmWriter writer)
    {
        writer.WriteUInt32((uint)(sizeof(uint) + sizeof(ushort) + 1 + sizeof(ushort) + value.Length));
        writer.WriteHandle(TpmHandle.Password);
        writer.WriteSized([]);
        writer.WriteByte(0);
        writer.WriteSized(value);
    }

    private static void ShouldTellNone(string text, params byte[][] secrets)
    {
        foreach (byte[] secret in secrets)
        {
            text.Should().NotContain(Convert.ToHexStringLower(secret), $"'{System.Text.Encoding.ASCII.GetString(secret)}' is a secret");
        }
    }

    /// <summary>A server whose challenges are kept, so that a replay gets the same. It believes what it is told a second time.</summary>
    private sealed class Server
    {
        private readonly AttestationVerifier? _verifier;
        private CredentialChallenge? _enrolment;
        private Credential? _credential;
        private AttestationChallenge? _challenge;

        private Server(AttestationVerifier? verifier) => _verifier = verifier;

        public static async Task<Server> StartAsync() => new(await TestFleet.CreateVerifierAsync());

        public Server Again() => new(verifier: null) { _enrolment = _enrolment, _credential = _credential, _challenge = _challenge };

        public async Task<CredentialChallenge> BeginAsync(EnrollmentRequest request) =>
            _enrolment ??= (await _verifier!.BeginEnrollmentAsync(request)).Challenge!;

        public Credential MakeCredential(EndorsementKey endorsementKey, AttestationKey key) =>
            _credential ??= CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, Secret);

        public async Task CompleteAsync(CredentialResponse response)
        {
            if (_verifier is not null)
            {
                (await _verifier.CompleteEnrollmentAsync(response)).Verdict.ShouldBeVerified();
            }
        }

        public async Task<AttestationChallenge> ChallengeAsync() => _challenge ??= (await _verifier!.CreateChallengeAsync(TestFleet.Node)).Challenge!;

        public async Task VerifyAsync(AttestationEvidence evidence)
        {
            if (_verifier is not null)
            {
                (await _verifier.VerifyAsync(evidence)).Verdict.ShouldBeVerified();
            }
        }
    }
}
