using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Benchmarks;

/// <summary>
/// Endorsement key certificates with one issuer between leaf and root. Where the issuer was seen before, against one signature verification of the leaf; where it was not, against one
/// <see cref="X509Chain.Build"/>.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class EndorsementCertificateBenchmarks
{
    private const string Seen = "EK certificate, issuer seen before";
    private const string Cold = "EK certificate, cold";
    private static readonly EndorsementCertificateOptions Options = new() { AllowedTrustClasses = { EndorsementTrustClass.SoftwareEmulator } };
    private DateTimeOffset _time;
    private EndorsementKey _endorsementKey = null!;
    private X509Certificate2 _root = null!;
    private X509Certificate2 _issuer = null!;
    private RSAParameters _issuerKey;
    private byte[] _digest = [];
    private byte[] _signature = [];
    private EndorsementCertificateValidator _validator = null!;
    private EndorsementCertificateValidator _forgetful = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        _endorsementKey = await client.GetEndorsementKeyAsync();
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        // Only now is the machine's certificate, which was just made, valid.
        _time = DateTimeOffset.UtcNow;
        _root = X509CertificateLoader.LoadCertificateFromFile(manufacturer.RootCertificatePath);
        _issuer = X509CertificateLoader.LoadCertificateFromFile(manufacturer.IssuerCertificatePath);
        _validator = new EndorsementCertificateValidator([_root], [_issuer], Options);
        _forgetful = new EndorsementCertificateValidator([_root], [_issuer], Options, new HurryingClock());

        using RSA issuerKey = _issuer.GetRSAPublicKey() ?? throw new InvalidOperationException("The issuer's key is not an RSA key.");
        _issuerKey = issuerKey.ExportParameters(includePrivateParameters: false);
        AsnReader certificate = new AsnReader(_endorsementKey.Certificate, AsnEncodingRules.DER).ReadSequence();
        _digest = SHA256.HashData(certificate.ReadEncodedValue().Span);
        certificate.ReadEncodedValue();
        _signature = certificate.ReadBitString(out _);
        if (!VerifySignature() || !Validate() || !ValidateCold() || !BuildChain())
        {
            throw new InvalidOperationException("What is to be measured does not verify.");
        }
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(Seen)]
    public bool VerifySignature()
    {
        using RSA rsa = RSA.Create(_issuerKey);
        return rsa.VerifyHash(_digest, _signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    [Benchmark]
    [BenchmarkCategory(Seen)]
    public bool Validate() => _validator.Validate(_endorsementKey.Certificate.Span, _endorsementKey.Public, time: _time).Verdict.IsVerified;

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(Cold)]
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
    [BenchmarkCategory(Cold)]
    public bool ValidateCold() => _forgetful.Validate(_endorsementKey.Certificate.Span, _endorsementKey.Public, time: _time).Verdict.IsVerified;

    /// <summary>A clock by which each look is a day later: what a validator remembers has expired when it is asked again.</summary>
    private sealed class HurryingClock : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => _now += TimeSpan.FromDays(1);
    }
}
