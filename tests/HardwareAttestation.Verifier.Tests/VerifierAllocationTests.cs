using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Tests.Enrollment;
using Xunit.Abstractions;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>What a verification leaves to the garbage collector, beyond what the platform's bare cryptography does. Runs alone, since others would take what is pooled.</summary>
[CollectionDefinition(nameof(VerifierAllocationTests), DisableParallelization = true)]
[Collection(nameof(VerifierAllocationTests))]
public sealed class VerifierAllocationTests(ITestOutputHelper output)
{
    private const int Operations = 100;
    private const int Rounds = 30;

    // The compiler makes objects of what it keeps on the stack in a release build.
#if DEBUG
    private const int DebugFactor = 2;
#else
    private const int DebugFactor = 1;
#endif

    private static readonly byte[] Data = new byte[104];
    private static readonly byte[] Nonce = [.. Enumerable.Repeat((byte)7, 32)];
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");

    [Theory]
    [InlineData("p256")]
    [InlineData("rsassa")]
    public void A_signed_challenge_and_a_quote_leave_1_KB_more_than_the_bare_signature(string kind)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);
        QuoteExpectation expectation = new() { AttestationKey = key.Public, Nonce = Nonce, PcrSelection = Selection };
        IReadOnlyList<PcrValue> values = ForgedQuote.ValuesOf(Selection);
        byte[] quote = new ForgedQuote { Nonce = Nonce, Selection = Selection, Values = values }.ToArray();
        byte[] quoteSignature = key.Sign(quote);
        byte[] dataSignature = key.Sign(Data);
        Func<bool> bare = ImportAndVerify(key, Data);

        long baseline = Measure(bare);
        long challenge = Measure(() => EvidenceVerifier.VerifySignature(key.Public, Data, dataSignature).IsVerified);
        long quoted = Measure(() => EvidenceVerifier.VerifyQuote(expectation, quote, quoteSignature, values).Verdict.IsVerified);

        output.WriteLine($"{kind}: bare {baseline} bytes, signed challenge {challenge}, quote {quoted}");
        (challenge - baseline).Should().BeLessThanOrEqualTo(1024 * DebugFactor);
        (quoted - baseline).Should().BeLessThanOrEqualTo(1024 * DebugFactor);
    }

    [Theory]
    [InlineData("p256", 6 * 1024)]
    [InlineData("rsa", 5 * 1024)]
    public void A_credential_leaves_a_few_KB(string kind, long limit)
    {
        using SoftwareEndorsementKey key = kind == "rsa" ? SoftwareEndorsementKey.Rsa() : SoftwareEndorsementKey.Ecc();
        TpmName name = key.Public.ComputeName();

        long allocated = Measure(() => CredentialMaker.MakeCredential(key.Public, name, Nonce).EncryptedSecret.Length > 0);

        output.WriteLine($"{kind}: {allocated} bytes");
        allocated.Should().BeLessThan(limit * DebugFactor);
    }

    [Fact]
    public void A_certificate_of_an_issuer_that_was_seen_before_leaves_24_KB()
    {
        using TestAuthority root = TestAuthority.CreateRoot();
        using TestAuthority issuer = root.CreateIntermediate();
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Rsa();
        byte[] certificate = issuer.Issue(key);
        EndorsementCertificateValidator validator = new([root.Certificate], [issuer.Certificate]);

        long allocated = Measure(() => validator.Validate(certificate, key.Public, time: ManualTimeProvider.Start).Verdict.IsVerified);

        output.WriteLine($"{allocated} bytes");
        allocated.Should().BeLessThan(24 * 1024 * DebugFactor);
    }

    [Fact]
    public async Task A_boot_leaves_10_KB()
    {
        using SoftwareFleet fleet = new(options => options.PcrSelection = Selection);
        SoftwareTpm tpm = await fleet.EnrollAsync();
        long allocated = long.MaxValue;
        for (int i = 0; i < Operations; i++)
        {
            // In-memory stores answer at once: all of it is done on this thread.
            long before = GC.GetAllocatedBytesForCurrentThread();
            AttestationChallenge challenge = (await fleet.Verifier.CreateChallengeAsync(SoftwareFleet.Node)).Challenge!;
            long issued = GC.GetAllocatedBytesForCurrentThread() - before;
            AttestationEvidence evidence = tpm.Answer(challenge);
            before = GC.GetAllocatedBytesForCurrentThread();
            (await fleet.Verifier.VerifyAsync(evidence)).Verdict.ShouldBeVerified();
            allocated = Math.Min(allocated, issued + GC.GetAllocatedBytesForCurrentThread() - before);
        }

        output.WriteLine($"{allocated} bytes");
        allocated.Should().BeLessThan(10 * 1024 * DebugFactor);
    }

    [Fact]
    public async Task Devices_and_challenges_take_no_more_memory_than_their_stores_say()
    {
        const int Count = 10_000;
        using SoftwareFleet fleet = new();
        SoftwareTpm tpm = await fleet.EnrollAsync();
        DeviceRecord enrolled = (await fleet.Devices.FindAsync(SoftwareFleet.Node))!;
        InMemoryDeviceStore devices = new();
        InMemoryChallengeStore challenges = new();
        AttestationVerifier verifier = new(fleet.Options, devices, challenges);

        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            string endorsementKeyId = Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(i)));
            DeviceRecord device = new()
            {
                NodeId = $"rack{i / 100}-node{i}",
                EnrollmentId = $"enrollment-{i:D12}",
                EndorsementKeyId = endorsementKeyId,
                EndorsementCertificate = enrolled.EndorsementCertificate.ToArray(),
                EndorsementPublic = enrolled.EndorsementPublic.ToArray(),
                AttestationPublic = enrolled.AttestationPublic.ToArray(),
                EnrolledAt = enrolled.EnrolledAt,
                Status = DeviceStatus.Active,
            };
            await devices.TryAddAsync(device, await devices.GetRemovalMarkAsync(device.NodeId, endorsementKeyId));
        }

        long perDevice = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            (await verifier.CreateChallengeAsync($"rack{i / 100}-node{i}")).Verdict.ShouldBeVerified();
        }

        long perChallenge = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        output.WriteLine($"{perDevice} bytes a device with a certificate of {enrolled.EndorsementCertificate.Length}, {perChallenge} bytes a pending boot challenge");
        perDevice.Should().BeInRange(enrolled.EndorsementCertificate.Length, 4096);
        perChallenge.Should().BeInRange(100, 1024);
        GC.KeepAlive(devices);
        GC.KeepAlive(challenges);
        GC.KeepAlive(tpm);
    }

    private static Func<bool> ImportAndVerify(SoftwareKey key, byte[] data)
    {
        byte[] digest = SHA256.HashData(data);
        if (key.Public.Unique is Tpm2bPublicKeyRsa rsa)
        {
            RSAParameters modulus = new() { Modulus = rsa.Modulus.ToArray(), Exponent = [1, 0, 1] };
            byte[] signature = key.Sign(data)[6..];
            return () =>
            {
                using RSA imported = RSA.Create(modulus);
                return imported.VerifyHash(digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            };
        }

        var point = (TpmsEccPoint)key.Public.Unique;
        ECParameters parameters = new()
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.X.ToArray(), Y = point.Y.ToArray() },
        };
        (byte[] r, byte[] s) = key.SignEcc(data);
        byte[] rs = [.. r, .. s];
        return () =>
        {
            using ECDsa imported = ECDsa.Create(parameters);
            return imported.VerifyHash(digest, rs);
        };
    }

    // The least of many rounds: code that was not compiled for the last time yet makes more.
    private static long Measure(Func<bool> operation)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Operations; i++)
            {
                if (!operation())
                {
                    throw new InvalidOperationException("What is to be measured does not verify.");
                }
            }

            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Operations);
        }

        return least;
    }
}
