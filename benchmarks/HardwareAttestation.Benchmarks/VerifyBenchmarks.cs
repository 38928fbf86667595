using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Benchmarks;

/// <summary>The server's paths, against the bare cryptography that they cannot do without.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class VerifyBenchmarks
{
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");
    private static readonly byte[] Nonce = [.. Enumerable.Repeat((byte)7, 32)];
    private QuoteExpectation _expectation = null!;
    private TpmQuote _quote = null!;
    private byte[] _signature = [];
    private ECParameters _parameters;
    private byte[] _digest = [];
    private byte[] _rs = [];
    private EndorsementKey _endorsementKey = null!;
    private EndorsementCertificateValidator _validator = null!;
    private X509Certificate2 _root = null!;
    private X509Certificate2 _issuer = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        _endorsementKey = await client.GetEndorsementKeyAsync();
        await using AttestationKey key = await client.CreateAttestationKeyAsync(_endorsementKey);
        _quote = await key.QuoteAsync(Selection, Nonce);
        _expectation = new QuoteExpectation { AttestationKey = key.Public, Nonce = Nonce, PcrSelection = Selection };
        _signature = _quote.Signature.ToArray();

        var point = (TpmsEccPoint)key.Public.Unique;
        _parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.X.ToArray(), Y = point.Y.ToArray() },
        };
        var ecc = (TpmsSignatureEcc)_quote.Signature;
        _rs = [.. ecc.SignatureR.Span, .. ecc.SignatureS.Span];
        _digest = SHA256.HashData(_quote.Attest.Span);

        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        _root = X509CertificateLoader.LoadCertificateFromFile(manufacturer.RootCertificatePath);
        _issuer = X509CertificateLoader.LoadCertificateFromFile(manufacturer.IssuerCertificatePath);
        _validator = new EndorsementCertificateValidator([_root], [_issuer], new EndorsementCertificateOptions { AllowSoftwareTpms = true });
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("verify quote, P-256")]
    public bool ImportAndVerifyHash()
    {
        using ECDsa key = ECDsa.Create(_parameters);
        return key.VerifyHash(_digest, _rs);
    }

    [Benchmark]
    [BenchmarkCategory("verify quote, P-256")]
    public QuoteResult VerifyQuote() => EvidenceVerifier.VerifyQuote(_expectation, _quote.Attest.Span, _signature, _quote.PcrValues);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("make credential, RSA-2048")]
    public byte[] EncryptOaep()
    {
        using RSA rsa = RSA.Create(new RSAParameters
        {
            Modulus = ((Tpm2bPublicKeyRsa)_endorsementKey.Public.Unique).Modulus.ToArray(),
            Exponent = [1, 0, 1],
        });
        return rsa.Encrypt(Nonce, RSAEncryptionPadding.OaepSHA256);
    }

    [Benchmark]
    [BenchmarkCategory("make credential, RSA-2048")]
    public Credential MakeCredential() => CredentialMaker.MakeCredential(_endorsementKey.Public, _endorsementKey.Name, Nonce);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("EK certificate")]
    public bool BuildChain()
    {
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(_endorsementKey.Certificate.Span);
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_root);
        chain.ChainPolicy.ExtraStore.Add(_issuer);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(leaf);
    }

    [Benchmark]
    [BenchmarkCategory("EK certificate")]
    public EndorsementCertificateResult ValidateCertificate() =>
        _validator.Validate(_endorsementKey.Certificate.Span, _endorsementKey.Public, DateTimeOffset.UtcNow);
}
