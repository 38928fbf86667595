using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Benchmarks;

/// <summary>What is done with the endorsement key, in salted sessions that encrypt parameters.</summary>
/// <remarks>
/// HMACs are over the TPM's fresh nonces, so that what the client sent cannot be sent again. The baseline is as many commands of the same kinds, prepared and carried out
/// each time: ReadPublic, StartAuthSession with a prepared salt that the TPM decrypts, PolicySecret and FlushContext byte for byte; and the command that does
/// the work with the same parameters in the clear, authorised by a policy session without salt, that is without HMAC and encryption on either side.
/// What those cost the TPM is thus counted as the client's.
/// </remarks>
public class KeyBenchmarks : ClientBenchmarks
{
    private static readonly byte[] Secret = new byte[32];
    private EndorsementKey _endorsementKey = null!;
    private AttestationKey _key = null!;
    private Credential _credential = null!;
    private byte[][] _loadCommands = [];
    private byte[][] _activateCommands = [];
    private byte[][] _createCommands = [];

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("load AK")]
    public Task LoadRaw() => RepeatRawAsync(_loadCommands);

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("load AK")]
    public Task Load() => RepeatAsync(LoadAsync);

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("activate credential")]
    public Task ActivateRaw() => RepeatRawAsync(_activateCommands);

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("activate credential")]
    public Task Activate() => RepeatAsync(ActivateAsync);

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("create AK")]
    public Task CreateRaw() => RepeatRawAsync(_createCommands);

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("create AK")]
    public Task Create() => RepeatAsync(CreateAsync);

    protected override async Task PrepareAsync()
    {
        _endorsementKey = await Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L1);
        _key = await Client.CreateAttestationKeyAsync(_endorsementKey);
        _credential = CredentialMaker.MakeCredential(_endorsementKey.Public, _key.Name, Secret);
        ReadOnlyMemory<byte> started = await Raw.ExecuteAsync(
            TpmCommandCode.StartAuthSession,
            (ref TpmWriter writer) =>
            {
                writer.WriteHandle(TpmHandle.Null);
                writer.WriteHandle(TpmHandle.Null);
            },
            WritePolicySession);
        TpmHandle policy = new(new TpmReader(started.Span).ReadUInt32("sessionHandle"));
        TpmHandle endorsementKey = _endorsementKey.PersistentHandle!.Value;
        TpmKeyBlob blob = _key.Blob;
        byte[] load = RawTpm.Make(
            TpmCommandCode.Load, Handles(endorsementKey), (ref TpmWriter writer) => WriteKey(blob.Private, blob.Public, ref writer), policy);
        TpmtPublic template = new(
            blob.Public.NameAlg, blob.Public.ObjectAttributes, [], blob.Public.Parameters, new TpmsEccPoint([], []));
        byte[] create = RawTpm.Make(
            TpmCommandCode.Create, Handles(endorsementKey), (ref TpmWriter writer) => CreateParameters.Write(template, [], [], ref writer), policy);
        byte[] activate = RawTpm.Make(
            TpmCommandCode.ActivateCredential,
            Handles(await FindHandleAsync(_key), endorsementKey),
            (ref TpmWriter writer) =>
            {
                writer.WriteBytes(_credential.CredentialBlob.EncodeSized());
                writer.WriteSized(_credential.EncryptedSecret.Span);
            },
            TpmHandle.Password,
            policy);
        _loadCommands = Prepare(await Device.RecordAsync(LoadAsync), policy, load);
        _activateCommands = Prepare(await Device.RecordAsync(ActivateAsync), policy, activate);

        // What is loaded is the prepared key, whose size is that of the created one.
        _createCommands = Prepare(await Device.RecordAsync(CreateAsync), policy, load, create);
    }

    private static WriteWire Handles(params TpmHandle[] handles) => (ref TpmWriter writer) =>
    {
        foreach (TpmHandle handle in handles)
        {
            writer.WriteHandle(handle);
        }
    };

    private static void WriteKey(ReadOnlyMemory<byte> privatePart, TpmtPublic publicArea, ref TpmWriter writer)
    {
        writer.WriteSized(privatePart.Span);
        writer.WriteSized(publicArea.Encoded.Span);
    }

    // No salt, no cipher.
    private static void WritePolicySession(ref TpmWriter writer)
    {
        const byte policySession = 1;
        writer.WriteSized(new byte[32]);
        writer.WriteSized([]);
        writer.WriteByte(policySession);
        writer.WriteAlgorithm(TpmAlgId.Null);
        writer.WriteAlgorithm(TpmAlgId.Sha256);
    }

    /// <summary>Puts the prepared commands in the places of those of their kinds, and has the policy of the other session satisfied.</summary>
    private static byte[][] Prepare(byte[][] recorded, TpmHandle policy, params byte[][] prepared)
    {
        byte[] satisfy = RawTpm.Make(
            TpmCommandCode.PolicySecret,
            Handles(TpmHandle.Endorsement, policy),
            (ref TpmWriter writer) =>
            {
                writer.WriteSized([]);
                writer.WriteSized([]);
                writer.WriteSized([]);
                writer.WriteUInt32(0);
            },
            TpmHandle.Password);
        return [.. recorded.Select(command => prepared.Append(satisfy).FirstOrDefault(other => CodeOf(other) == CodeOf(command)) ?? command)];
    }

    private static TpmCommandCode CodeOf(byte[] command) => TpmHeader.ReadWhole(command).CommandCode;

    /// <summary>The handle of a key, which a command that uses it begins with after its header.</summary>
    private async Task<TpmHandle> FindHandleAsync(AttestationKey key)
    {
        const int headerSize = 10;
        byte[][] commands = await Device.RecordAsync(() => key.SignAsync(Secret));
        return new TpmHandle(new TpmReader(commands[^1].AsSpan(headerSize)).ReadUInt32("keyHandle"));
    }

    private async Task LoadAsync() => await (await Client.LoadAttestationKeyAsync(_key.Blob)).DisposeAsync();

    private Task ActivateAsync() => _key.ActivateCredentialAsync(_credential.CredentialBlob, _credential.EncryptedSecret);

    private async Task CreateAsync() => await (await Client.CreateAttestationKeyAsync(_endorsementKey)).DisposeAsync();
}
