using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;

namespace HardwareAttestation.Benchmarks;

/// <summary>
/// The same number of operations, on one thread or shared by two: with two, half of the time is the best there is. The bare verification shows what the platform itself makes of two threads.
/// </summary>
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByMethod)]
public class ThreadBenchmarks
{
    private const int Operations = 240;
    private readonly CredentialBenchmarks _credentials = new();
    private readonly EndorsementCertificateBenchmarks _certificates = new();
    private RecordedEvidence _ecc = null!;
    private RecordedEvidence _rsa = null!;
    private BenchmarkFleet _fleet = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _ecc = await RecordedEvidence.RecordAsync(TpmKeyAlgorithm.P256);
        _rsa = await RecordedEvidence.RecordAsync(TpmKeyAlgorithm.Rsa2048);
        _fleet = await BenchmarkFleet.CreateAsync(1000);
        await _credentials.SetUpAsync();
        await _certificates.SetUpAsync();
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public void BareSignature() => Run(_ => _ecc.VerifyBareQuote());

    [Benchmark(OperationsPerInvoke = Operations)]
    public void EccQuote() => Run(_ => _ecc.VerifyQuote());

    [Benchmark(OperationsPerInvoke = Operations)]
    public void RsaBareSignature() => Run(_ => _rsa.VerifyBareQuote());

    [Benchmark(OperationsPerInvoke = Operations)]
    public void RsaQuote() => Run(_ => _rsa.VerifyQuote());

    [Benchmark(OperationsPerInvoke = Operations)]
    public void EccCredential() => Run(_ => _credentials.MakeEccCredential());

    [Benchmark(OperationsPerInvoke = Operations)]
    public void RsaCredential() => Run(_ => _credentials.MakeRsaCredential());

    [Benchmark(OperationsPerInvoke = Operations)]
    public void CertificateOfSeenIssuer() => Run(_ => _certificates.Validate());

    [Benchmark(OperationsPerInvoke = Operations)]
    public void ChallengeAndVerify() => Run(step => _fleet.BootAsync(step).GetAwaiter().GetResult());

    private void Run<T>(Func<int, T> operation)
    {
        Thread[] others = [.. Enumerable.Range(1, Threads - 1).Select(index => new Thread(() => RunShare(index)))];
        Array.ForEach(others, thread => thread.Start());
        RunShare(0);
        Array.ForEach(others, thread => thread.Join());

        void RunShare(int index)
        {
            for (int step = index; step < Operations; step += Threads)
            {
                operation(step);
            }
        }
    }
}
