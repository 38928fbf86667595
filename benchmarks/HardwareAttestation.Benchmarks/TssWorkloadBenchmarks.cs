using System.Text;
using BenchmarkDotNet.Attributes;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Benchmarks;

/// <summary>
/// The four workloads of github.com/chrisfenner/tss-benchmarks, command for command, so that this SDK's devices and wire form can be compared with other TPM stacks.
/// Most of what they do attestation has no use for, and is made here.
/// </summary>
public class TssWorkloadBenchmarks : ClientBenchmarks
{
    private const TpmaObject SealedAttributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.UserWithAuth | TpmaObject.NoDA;
    private const TpmaObject SigningAttributes = SealedAttributes | TpmaObject.SensitiveDataOrigin | TpmaObject.Sign;

    private const ushort UniqueSize = 4;

    private static readonly TpmHandle FirstPcr = new(0);
    private static readonly byte[] Password = Encoding.ASCII.GetBytes("password");
    private static readonly byte[] Secrets = Encoding.ASCII.GetBytes("secrets");
    private static readonly byte[] Measurement = Encoding.ASCII.GetBytes("measurement");
    private static readonly byte[] Digest = new byte[32];
    private static readonly TpmtPublic SealedTemplate = new(
        TpmAlgId.Sha256, SealedAttributes, [], new TpmsKeyedHashParms(TpmtScheme.Null, TpmAlgId.None), new Tpm2bDigest([]));

    /// <summary>TPM2_CreatePrimary, TPM2_Unseal, TPM2_FlushContext.</summary>
    [Benchmark(Description = "seal_unseal", OperationsPerInvoke = Operations)]
    public Task SealUnseal() => RepeatAsync(SealUnsealAsync);

    /// <summary>TPM2_PCR_Event.</summary>
    [Benchmark(Description = "pcr_extend", OperationsPerInvoke = Operations)]
    public Task PcrExtend() => RepeatAsync(PcrExtendAsync);

    /// <summary>TPM2_GetRandom, TPM2_CreatePrimary, TPM2_Sign, TPM2_VerifySignature, TPM2_FlushContext. Looking for primes takes longer at one time than at another.</summary>
    [Benchmark(Description = "rsa_2048_create_sign_verify", OperationsPerInvoke = Operations)]
    public Task Rsa() => RepeatAsync(() => CreateSignVerifyAsync(unique => new TpmtPublic(
        TpmAlgId.Sha256,
        SigningAttributes,
        [],
        new TpmsRsaParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.RsaPss, TpmAlgId.Sha256), 2048, 0),
        new Tpm2bPublicKeyRsa(unique))));

    /// <summary>The same with P-256.</summary>
    [Benchmark(Description = "ecc_p256_create_sign_verify", OperationsPerInvoke = Operations)]
    public Task Ecc() => RepeatAsync(() => CreateSignVerifyAsync(unique => new TpmtPublic(
        TpmAlgId.Sha256,
        SigningAttributes,
        [],
        new TpmsEccParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.EcDsa, TpmAlgId.Sha256), TpmEccCurve.NistP256, TpmtScheme.Null),
        new TpmsEccPoint(unique, []))));

    private static TpmHandle ReadHandle(ReadOnlyMemory<byte> response) => new(new TpmReader(response.Span).ReadUInt32("handle"));

    private static ReadOnlySpan<byte> ReadParameters(ReadOnlyMemory<byte> response)
    {
        TpmReader reader = new(response.Span);
        return reader.ReadBytes("parameters", (int)reader.ReadUInt32("parameterSize"));
    }

    private async Task SealUnsealAsync()
    {
        TpmHandle sealedObject = await CreatePrimaryAsync(SealedTemplate, Password, Secrets);
        ReadOnlyMemory<byte> response = await Raw.ExecuteAsync(TpmCommandCode.Unseal, (ref TpmWriter writer) => writer.WriteHandle(sealedObject), null, Password);
        TpmReader reader = new(ReadParameters(response));
        if (!reader.ReadSized("outData").SequenceEqual(Secrets))
        {
            throw new InvalidOperationException("The TPM unsealed other secrets than were sealed.");
        }

        await FlushAsync(sealedObject);
    }

    private async Task PcrExtendAsync() => await Raw.ExecuteAsync(
        TpmCommandCode.PCR_Event, static (ref TpmWriter writer) => writer.WriteHandle(FirstPcr), static (ref TpmWriter writer) => writer.WriteSized(Measurement), []);

    private async Task CreateSignVerifyAsync(Func<byte[], TpmtPublic> makeTemplate)
    {
        ReadOnlyMemory<byte> random = await Raw.ExecuteAsync(TpmCommandCode.GetRandom, null, static (ref TpmWriter writer) => writer.WriteUInt16(UniqueSize));
        byte[] unique = new TpmReader(random.Span).ReadSized("randomBytes").ToArray();
        TpmHandle key = await CreatePrimaryAsync(makeTemplate(unique), [], []);
        ReadOnlyMemory<byte> signed = await Raw.ExecuteAsync(
            TpmCommandCode.Sign,
            (ref TpmWriter writer) => writer.WriteHandle(key),
            static (ref TpmWriter writer) =>
            {
                writer.WriteSized(Digest);
                TpmtScheme.Null.Write(ref writer);
                writer.WriteUInt16((ushort)TpmSt.HashCheck);
                writer.WriteHandle(TpmHandle.Null);
                writer.WriteSized([]);
            },
            []);
        byte[] signature = ReadParameters(signed).ToArray();
        await Raw.ExecuteAsync(
            TpmCommandCode.VerifySignature,
            (ref TpmWriter writer) => writer.WriteHandle(key),
            (ref TpmWriter writer) =>
            {
                writer.WriteSized(Digest);
                writer.WriteBytes(signature);
            });
        await FlushAsync(key);
    }

    private async ValueTask<TpmHandle> CreatePrimaryAsync(TpmtPublic template, byte[] userAuth, byte[] data) => ReadHandle(await Raw.ExecuteAsync(
        TpmCommandCode.CreatePrimary,
        static (ref TpmWriter writer) => writer.WriteHandle(TpmHandle.Owner),
        (ref TpmWriter writer) => CreateParameters.Write(template, userAuth, data, ref writer),
        []));

    private async Task FlushAsync(TpmHandle handle) =>
        await Raw.ExecuteAsync(TpmCommandCode.FlushContext, (ref TpmWriter writer) => writer.WriteHandle(handle), null);
}
