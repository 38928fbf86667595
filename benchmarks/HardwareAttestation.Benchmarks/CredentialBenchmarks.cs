using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Benchmarks;

/// <summary>MakeCredential, against what the platform needs to agree on a key, or to encrypt one, with the same endorsement key.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class CredentialBenchmarks
{
    private const string Ecc = "make a credential, P-256";
    private const string Rsa = "make a credential, RSA-2048";
    private static readonly byte[] Secret = [.. Enumerable.Repeat((byte)7, 32)];
    private TpmtPublic _eccKey = null!;
    private TpmtPublic _rsaKey = null!;
    private TpmName _name = null!;
    private ECParameters _eccParameters;
    private RSAParameters _rsaParameters;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        _rsaKey = (await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L1)).Public;
        _eccKey = (await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2)).Public;
        _name = _rsaKey.ComputeName();

        var point = (TpmsEccPoint)_eccKey.Unique;
        _eccParameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.X.ToArray(), Y = point.Y.ToArray() },
        };
        _rsaParameters = new RSAParameters { Modulus = ((Tpm2bPublicKeyRsa)_rsaKey.Unique).Modulus.ToArray(), Exponent = [1, 0, 1] };
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(Ecc)]
    public byte[] GenerateAndAgree()
    {
        using ECDiffieHellman peer = ECDiffieHellman.Create(_eccParameters);
        using ECDiffieHellman ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using ECDiffieHellmanPublicKey peerKey = peer.PublicKey;
        return ephemeral.DeriveRawSecretAgreement(peerKey);
    }

    [Benchmark]
    [BenchmarkCategory(Ecc)]
    public Credential MakeEccCredential() => CredentialMaker.MakeCredential(_eccKey, _name, Secret);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(Rsa)]
    public byte[] EncryptOaep()
    {
        using RSA rsa = RSA.Create(_rsaParameters);
        return rsa.Encrypt(Secret, RSAEncryptionPadding.OaepSHA256);
    }

    [Benchmark]
    [BenchmarkCategory(Rsa)]
    public Credential MakeRsaCredential() => CredentialMaker.MakeCredential(_rsaKey, _name, Secret);
}
