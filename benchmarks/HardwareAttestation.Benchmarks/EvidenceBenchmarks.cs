using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;

namespace HardwareAttestation.Benchmarks;

/// <summary>Signed challenges and quotes over eight PCRs, against the import of the stored public key and the verification of the bare signature.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class EvidenceBenchmarks
{
    private const string EccChallenge = "verify a signed challenge, P-256";
    private const string EccQuote = "verify a quote, P-256";
    private const string RsaChallenge = "verify a signed challenge, RSA-2048";
    private const string RsaQuote = "verify a quote, RSA-2048";
    private RecordedEvidence _ecc = null!;
    private RecordedEvidence _rsa = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _ecc = await RecordedEvidence.RecordAsync(TpmKeyAlgorithm.P256);
        _rsa = await RecordedEvidence.RecordAsync(TpmKeyAlgorithm.Rsa2048);
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(EccChallenge)]
    public bool EccBareSignature() => _ecc.VerifyBareSignature();

    [Benchmark]
    [BenchmarkCategory(EccChallenge)]
    public bool EccSignature() => _ecc.VerifySignature();

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(EccQuote)]
    public bool EccBareQuote() => _ecc.VerifyBareQuote();

    [Benchmark]
    [BenchmarkCategory(EccQuote)]
    public bool EccQuoteWithValues() => _ecc.VerifyQuote();

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(RsaChallenge)]
    public bool RsaBareSignature() => _rsa.VerifyBareSignature();

    [Benchmark]
    [BenchmarkCategory(RsaChallenge)]
    public bool RsaSignature() => _rsa.VerifySignature();

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(RsaQuote)]
    public bool RsaBareQuote() => _rsa.VerifyBareQuote();

    [Benchmark]
    [BenchmarkCategory(RsaQuote)]
    public bool RsaQuoteWithValues() => _rsa.VerifyQuote();
}
