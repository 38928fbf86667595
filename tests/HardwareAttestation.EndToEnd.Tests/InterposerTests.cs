using System.Buffers.Binary;
using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>A49: somebody sits on the bus between the machine and its TPM, and reads and rewrites what passes.</summary>
public sealed class InterposerTests
{
    private const int HeaderSize = 10;

    [Theory]
    [InlineData("L-1")]
    [InlineData("H-2")]
    [InlineData("H-3")]
    public async Task A49_WhoReadsTheBus_LearnsNoSecret(string template)
    {
        await using Agent agent = await Agent.StartAsync();
        await using Interposer interposer = new(agent.Device);
        await using AttestationClient client = new(interposer);
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
        await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, secret);

        byte[] activated = await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret);

        activated.Should().Equal(secret);
        interposer.HasSeen(secret).Should().BeFalse("the secret is encrypted on its way");
        interposer.HasSeen(key.Blob.Private.Span).Should().BeFalse("so is the key's private part");
        interposer.HasSeen(key.Name.Bytes.Span).Should().BeFalse("and the Name that TPM2_Load answers");
    }

    [Theory]
    [InlineData("L-1", TpmCommandCode.Create)]
    [InlineData("L-1", TpmCommandCode.Load)]
    [InlineData("L-1", TpmCommandCode.ActivateCredential)]
    [InlineData("H-2", TpmCommandCode.Create)]
    [InlineData("H-2", TpmCommandCode.Load)]
    [InlineData("H-2", TpmCommandCode.ActivateCredential)]
    public async Task A49_WhoChangesAByteOfAResponse_IsNoticed(string template, TpmCommandCode command)
    {
        await using TappedMachine machine = await TappedMachine.StartAsync(template);
        Interposer interposer = machine.Interposer;
        int responseSize = await interposer.MeasureAsync(command, machine.RunAsync);
        int changed = 0;

        // The handle of a response is in no HMAC: the first byte after it is where the protection begins.
        int first = command == TpmCommandCode.Load ? HeaderSize + sizeof(uint) : HeaderSize;
        for (int position = first; position < responseSize; position += 7)
        {
            interposer.ChangeResponse(command, position);
            Func<Task> operation = machine.RunAsync;

            await operation.Should().ThrowAsync<TpmDeviceException>($"byte {position} of the response was changed");
            interposer.Pass();
            changed++;
        }

        changed.Should().BeGreaterThan(5);
        (await machine.ListHandlesAsync()).Should().BeEquivalentTo(machine.Held, "nothing is left behind by responses that were not believed");
        await machine.RunAsync();
    }

    [Theory]
    [InlineData("L-1", TpmCommandCode.Create)]
    [InlineData("H-2", TpmCommandCode.Load)]
    [InlineData("H-2", TpmCommandCode.ActivateCredential)]
    public async Task A49_WhoChangesTheParametersOfACommand_HasItRefusedByTheTpm(string template, TpmCommandCode command)
    {
        await using TappedMachine machine = await TappedMachine.StartAsync(template);
        Interposer interposer = machine.Interposer;

        interposer.ChangeCommandsEnd(command);
        Func<Task> operation = machine.RunAsync;

        await operation.Should().ThrowAsync<TpmCommandException>();
        interposer.Pass();
        (await machine.ListHandlesAsync()).Should().BeEquivalentTo(machine.Held);
    }

    [Fact]
    public async Task A49_WhoChangesDataThatTheTpmHashes_GetsNoSignatureOverTheRightData()
    {
        await using Agent agent = await Agent.StartAsync();
        await using Interposer interposer = new(agent.Device);
        await using AttestationClient client = new(interposer);
        await using AttestationKey key = await client.CreateAttestationKeyAsync(await client.GetEndorsementKeyAsync());
        byte[] data = RandomNumberGenerator.GetBytes(5000);

        foreach (TpmCommandCode command in (TpmCommandCode[])[TpmCommandCode.SequenceUpdate, TpmCommandCode.None])
        {
            interposer.ChangeCommandsEnd(command);
            TpmtSignature signature = await key.SignAsync(data);
            interposer.Pass();

            bool verified = EvidenceVerifier.VerifySignature(key.Public, data, signature.Encode()).IsVerified;
            verified.Should().Be(command == TpmCommandCode.None);
        }
    }

    /// <summary>A machine with an interposer on its bus, a key in its TPM and a credential for that key.</summary>
    private sealed class TappedMachine : IAsyncDisposable
    {
        private readonly Agent _agent;
        private readonly AttestationClient _client;
        private EndorsementKey _endorsementKey = null!;
        private AttestationKey _key = null!;
        private Credential _credential = null!;

        private TappedMachine(Agent agent)
        {
            _agent = agent;
            Interposer = new Interposer(agent.Device);
            _client = new AttestationClient(Interposer);
        }

        public Interposer Interposer { get; }

        /// <summary>The handles that the TPM holds between operations.</summary>
        public IReadOnlyList<uint> Held { get; private set; } = [];

        public static async Task<TappedMachine> StartAsync(string template)
        {
            TappedMachine machine = new(await Agent.StartAsync());
            machine._endorsementKey = await machine._client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
            machine._key = await machine._client.CreateAttestationKeyAsync(machine._endorsementKey);
            machine._credential = CredentialMaker.MakeCredential(machine._endorsementKey.Public, machine._key.Name, new byte[32]);
            machine.Held = await machine.ListHandlesAsync();
            return machine;
        }

        /// <summary>Runs each command that carries a secret: TPM2_Create, TPM2_Load and TPM2_ActivateCredential.</summary>
        public async Task RunAsync()
        {
            await (await _client.CreateAttestationKeyAsync(_endorsementKey)).DisposeAsync();
            await _key.ActivateCredentialAsync(_credential.CredentialBlob, _credential.EncryptedSecret);
        }

        public Task<IReadOnlyList<uint>> ListHandlesAsync() => RawTpm.ListHandlesAsync(_agent.Device);

        public async ValueTask DisposeAsync()
        {
            await _client.DisposeAsync();
            await _agent.DisposeAsync();
        }
    }

    private sealed class Interposer(ITpmDevice inner) : DelegatingTpmDevice(inner, leaveOpen: true)
    {
        private readonly List<byte[]> _seen = [];
        private TpmCommandCode _target;
        private int? _responsePosition;
        private bool _changesCommand;
        private int _lastSize;

        public bool HasSeen(ReadOnlySpan<byte> bytes)
        {
            foreach (byte[] message in _seen)
            {
                if (message.AsSpan().IndexOf(bytes) >= 0)
                {
                    return true;
                }
            }

            return false;
        }

        public void ChangeResponse(TpmCommandCode command, int position) => (_target, _responsePosition) = (command, position);

        public void ChangeCommandsEnd(TpmCommandCode command) => (_target, _changesCommand) = (command, true);

        public void Pass() => (_target, _responsePosition, _changesCommand) = (TpmCommandCode.None, null, false);

        public async Task<int> MeasureAsync(TpmCommandCode command, Func<Task> operation)
        {
            _target = command;
            await operation();
            Pass();
            return _lastSize;
        }

        public override async ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
        {
            byte[] passed = command.ToArray();
            _seen.Add(command.ToArray());
            bool isTarget = (TpmCommandCode)BinaryPrimitives.ReadUInt32BigEndian(passed.AsSpan(6)) == _target;
            if (isTarget && _changesCommand)
            {
                passed[^1] ^= 1;
            }

            int size = await base.ExecuteAsync(passed, response, cancellationToken);
            _seen.Add(response[..size].ToArray());
            if (isTarget)
            {
                _lastSize = size;
                if (_responsePosition is { } position && position < size)
                {
                    response.Span[position] ^= 1;
                }
            }

            return size;
        }
    }
}
