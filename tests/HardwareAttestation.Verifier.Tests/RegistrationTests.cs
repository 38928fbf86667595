using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Tests.Enrollment;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>How a verifier is made, with a container and without.</summary>
public sealed class RegistrationTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();

    public static TheoryData<string, string> WrongOptions => new()
    {
        { "no anchor", "*TrustAnchors is empty*" },
        { "no time to enrol", "*EnrollmentChallengeLifetime is 00:00:00*" },
        { "negative time to enrol", "*EnrollmentChallengeLifetime is -00:00:01*" },
        { "two days to enrol", "*EnrollmentChallengeLifetime is 2.00:00:00*" },
        { "no time to attest", "*AttestationChallengeLifetime is 00:00:00*" },
        { "two days to attest", "*AttestationChallengeLifetime is 2.00:00:00*" },
        { "no bank", "*PcrSelection selects no PCR*" },
        { "a bank without PCRs", "*PcrSelection selects no PCR*" },
        { "policy of a PCR that is not asked for", "*PcrPolicy speaks of sha256:23, which PcrSelection does not ask for*" },
        { "PCR policy without a quote", "*PcrPolicy speaks of sha256:0, which PcrSelection does not ask for*" },
        { "unknown action", "*OlderBootCounters is 7: it can be Refuse or Flag*" },
        { "short RSA keys", "*AttestationKeys.MinimumRsaKeySize is 1024: 2048 to 4096 is allowed*" },
        { "no scheme", "*AttestationKeys.Schemes is empty*" },
        { "SHA-1 signatures", "*AttestationKeys.Hashes is empty or has one that is not SHA-256*" },
        { "a curve that is not accepted", "*AttestationKeys.Curves has one that is not P-256*" },
        { "SHA-1 bank", "*PcrSelection has a bank that is not SHA-256, SHA-384 or SHA-512*" },
    };

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_verifier_works_without_a_container()
    {
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(_root.Certificate);
        AttestationVerifier verifier = new(options);
        using SoftwareEndorsementKey endorsementKey = SoftwareEndorsementKey.Ecc();
        using SoftwareTpm tpm = new(endorsementKey, _root.Issue(endorsementKey), SoftwareKey.Create());

        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(tpm.Ask("node"));
        EnrollmentResult enrolled = await verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!, "node"));
        ChallengeOffer boot = await verifier.CreateChallengeAsync("node");

        enrolled.Verdict.ShouldBeVerified();
        (await verifier.VerifyAsync(tpm.Answer(boot.Challenge!))).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A_container_gives_one_verifier_with_stores_in_memory()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddAttestationVerifier(options => options.TrustAnchors.Add(_root.Certificate))
            .BuildServiceProvider();

        services.GetRequiredService<AttestationVerifier>().Should().BeSameAs(services.GetRequiredService<AttestationVerifier>());
        services.GetRequiredService<DeviceRegistry>().Should().BeSameAs(services.GetRequiredService<AttestationVerifier>().Devices);
        services.GetRequiredService<IDeviceStore>().Should().BeOfType<InMemoryDeviceStore>();
        services.GetRequiredService<IChallengeStore>().Should().BeOfType<InMemoryChallengeStore>();
    }

    [Fact]
    public async Task A_containers_own_stores_and_clock_are_used()
    {
        ManualTimeProvider time = new();
        InMemoryDeviceStore devices = new();
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton<TimeProvider>(time)
            .AddSingleton<IDeviceStore>(devices)
            .AddAttestationVerifier(options =>
            {
                options.TrustAnchors.Add(_root.Certificate);
                options.EnrollmentChallengeLifetime = TimeSpan.FromSeconds(30);
            })
            .BuildServiceProvider();
        AttestationVerifier verifier = services.GetRequiredService<AttestationVerifier>();
        using SoftwareEndorsementKey endorsementKey = SoftwareEndorsementKey.Ecc();
        using SoftwareTpm tpm = new(endorsementKey, _root.Issue(endorsementKey), SoftwareKey.Create());

        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(tpm.Ask("node"));
        await verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!, "node"));

        offer.Challenge!.ExpiresAt.Should().Be(ManualTimeProvider.Start.AddSeconds(30));
        (await devices.FindAsync("node"))!.EnrolledAt.Should().Be(ManualTimeProvider.Start);
    }

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public async Task Wrong_options_are_refused_with_their_fault(string fault, string message)
    {
        await using ServiceProvider services = new ServiceCollection().AddAttestationVerifier(Configure).BuildServiceProvider();
        Func<object> resolve = services.GetRequiredService<AttestationVerifier>;
        AttestationVerifierOptions options = new();
        Configure(options);
        Func<object> construct = () => new AttestationVerifier(options);

        resolve.Should().Throw<OptionsValidationException>().WithMessage(message);
        construct.Should().Throw<ArgumentException>().WithMessage(message);

        void Configure(AttestationVerifierOptions configured)
        {
            if (fault != "no anchor")
            {
                configured.TrustAnchors.Add(_root.Certificate);
            }

            switch (fault)
            {
                case "no time to enrol":
                    configured.EnrollmentChallengeLifetime = TimeSpan.Zero;
                    break;
                case "negative time to enrol":
                    configured.EnrollmentChallengeLifetime = TimeSpan.FromSeconds(-1);
                    break;
                case "two days to enrol":
                    configured.EnrollmentChallengeLifetime = TimeSpan.FromDays(2);
                    break;
                case "no time to attest":
                    configured.AttestationChallengeLifetime = TimeSpan.Zero;
                    break;
                case "two days to attest":
                    configured.AttestationChallengeLifetime = TimeSpan.FromDays(2);
                    break;
                case "no bank":
                    configured.PcrSelection = new TpmlPcrSelection();
                    break;
                case "a bank without PCRs":
                    configured.PcrSelection = new TpmlPcrSelection(new TpmsPcrSelection(TpmAlgId.Sha256));
                    break;
                case "SHA-1 bank":
                    configured.PcrSelection = TpmlPcrSelection.Parse("sha256:0+sha1:0");
                    break;
                case "policy of a PCR that is not asked for":
                    configured.PcrPolicy.Allow(TpmAlgId.Sha256, 23, new byte[32]);
                    break;
                case "PCR policy without a quote":
                    configured.PcrSelection = null;
                    configured.PcrPolicy.Allow(TpmAlgId.Sha256, 0, new byte[32]);
                    break;
                case "unknown action":
                    configured.OlderBootCounters = (PolicyAction)7;
                    break;
                case "short RSA keys":
                    configured.AttestationKeys.MinimumRsaKeySize = 1024;
                    break;
                case "no scheme":
                    configured.AttestationKeys.Schemes.Clear();
                    break;
                case "SHA-1 signatures":
                    configured.AttestationKeys.Hashes.Add(TpmAlgId.Sha1);
                    break;
                case "a curve that is not accepted":
                    configured.AttestationKeys.Curves.Add((TpmEccCurve)2);
                    break;
                default:
                    break;
            }
        }
    }

    [Fact]
    public async Task A_host_with_wrong_options_does_not_start()
    {
        await using ServiceProvider services = new ServiceCollection().AddAttestationVerifier(_ => { }).BuildServiceProvider();
        Action start = services.GetRequiredService<IStartupValidator>().Validate;

        start.Should().Throw<OptionsValidationException>().WithMessage("*AttestationVerifierOptions.TrustAnchors is empty*");
    }

    [Fact]
    public async Task A_host_with_an_issuer_in_the_place_of_a_root_does_not_start()
    {
        using TestAuthority issuer = _root.CreateIntermediate();
        await using ServiceProvider services = new ServiceCollection()
            .AddAttestationVerifier(options => options.TrustAnchors.Add(issuer.Certificate))
            .BuildServiceProvider();
        Action start = services.GetRequiredService<IStartupValidator>().Validate;

        start.Should().Throw<OptionsValidationException>().WithMessage("*not self-signed: put its root here*");
    }

    [Fact]
    public async Task A_store_that_answers_nothing_enrols_nobody()
    {
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(_root.Certificate);
        AttestationVerifier verifier = new(options, new SilentDeviceStore());
        using SoftwareEndorsementKey endorsementKey = SoftwareEndorsementKey.Ecc();
        using SoftwareTpm tpm = new(endorsementKey, _root.Issue(endorsementKey), SoftwareKey.Create());
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(tpm.Ask("node"));

        EnrollmentResult result = await verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!, "node"));

        result.Verdict.ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree, CheckIds.EnrollmentEkFree);
        result.Device.Should().BeNull();
    }

    [Fact]
    public async Task All_faults_of_the_options_are_said_at_once()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddAttestationVerifier(options => options.AttestationChallengeLifetime = TimeSpan.Zero)
            .BuildServiceProvider();
        Func<object> resolve = services.GetRequiredService<AttestationVerifier>;

        resolve.Should().Throw<OptionsValidationException>().Which.Failures.Should().HaveCount(2);
    }

    [Fact]
    public async Task Options_that_change_later_change_nothing()
    {
        using SoftwareFleet fleet = new();
        fleet.Options.PcrSelection = TpmlPcrSelection.Parse("sha256:23");
        fleet.Options.AttestationChallengeLifetime = TimeSpan.FromHours(5);
        fleet.Options.PcrPolicy.Allow(TpmAlgId.Sha256, 0, new byte[32]);
        fleet.Options.AttestationKeys.Curves.Clear();
        SoftwareTpm tpm = await fleet.EnrollAsync();

        AttestationChallenge challenge = await fleet.ChallengeAsync();

        challenge.PcrSelection!.ToString().Should().Be("sha256:0,1,2,3,4,5,6,7");
        challenge.ExpiresAt.Should().Be(ManualTimeProvider.Start.AddMinutes(2));
        (await fleet.Verifier.VerifyAsync(tpm.Answer(challenge))).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task The_log_says_refusals_and_neither_secrets_nor_hostile_names()
    {
        CollectingLogger logger = new();
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(_root.Certificate);
        AttestationVerifier verifier = new(options, logger: logger);
        using SoftwareEndorsementKey endorsementKey = SoftwareEndorsementKey.Ecc();
        using SoftwareTpm tpm = new(endorsementKey, _root.Issue(endorsementKey), SoftwareKey.Create());

        await verifier.BeginEnrollmentAsync(tpm.Ask("evil\nnode"));
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(tpm.Ask("node"));
        CredentialResponse answer = tpm.Answer(offer.Challenge!, "node");
        await verifier.CompleteEnrollmentAsync(answer);
        await verifier.CompleteEnrollmentAsync(answer);

        string[] secrets = [Convert.ToHexString(answer.Proof.Span), Convert.ToBase64String(answer.Proof.Span)];
        logger.Lines.Should().HaveCount(5);
        logger.Lines[0].Should().Contain("Devices are kept in this process' memory");
        logger.Lines[1].Should().Contain("(unknown)").And.Contain(CheckIds.EnrollmentNode);
        logger.Lines[3].Should().Contain("node");
        logger.Lines[4].Should().Contain(CheckIds.ChallengeKnown);
        logger.Lines.Should().NotContain(line => line.Contains('\n', StringComparison.Ordinal));
        logger.Lines.Should().NotContain(line => secrets.Any(secret => line.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task A_device_store_that_was_forgotten_is_warned_of_once_and_one_that_was_chosen_is_not()
    {
        CollectingLogger forgotten = new();
        CollectingLogger chosen = new();
        await using ServiceProvider without = Register(forgotten).BuildServiceProvider();
        await using ServiceProvider with = Register(chosen).AddSingleton<IDeviceStore, InMemoryDeviceStore>().BuildServiceProvider();

        without.GetRequiredService<AttestationVerifier>();
        without.GetRequiredService<AttestationVerifier>();
        with.GetRequiredService<AttestationVerifier>();

        forgotten.Lines.Should().ContainSingle().Which.Should().Contain("Register an IDeviceStore");
        chosen.Lines.Should().BeEmpty();

        IServiceCollection Register(CollectingLogger logger) => new ServiceCollection()
            .AddSingleton<ILogger<AttestationVerifier>>(logger)
            .AddAttestationVerifier(options => options.TrustAnchors.Add(_root.Certificate));
    }

    [Fact]
    public async Task A_store_that_is_registered_without_the_key_is_not_passed_over_for_memory()
    {
        await using ServiceProvider devices = Register().AddSingleton<IDeviceStore, SilentDeviceStore>().BuildServiceProvider();
        await using ServiceProvider challenges = Register().AddSingleton<IChallengeStore>(new BrokenChallengeStore()).BuildServiceProvider();
        await using ServiceProvider keyed = Register()
            .AddSingleton<IDeviceStore, SilentDeviceStore>()
            .AddKeyedSingleton<IDeviceStore, InMemoryDeviceStore>("north")
            .BuildServiceProvider();
        await using ServiceProvider both = Register().AddAttestationVerifier(Configure).BuildServiceProvider();

        devices.Invoking(Resolve).Should().Throw<InvalidOperationException>().WithMessage("*IDeviceStore*'north'*AddKeyedSingleton*");
        challenges.Invoking(Resolve).Should().Throw<InvalidOperationException>().WithMessage("*IChallengeStore*'north'*AddKeyedSingleton*");
        keyed.Invoking(Resolve).Should().NotThrow();
        both.GetRequiredService<AttestationVerifier>();
        both.Invoking(Resolve).Should().NotThrow("the other verifier's memory is nobody's choice");

        IServiceCollection Register() => new ServiceCollection().AddKeyedAttestationVerifier("north", Configure);
        static AttestationVerifier Resolve(ServiceProvider services) => services.GetRequiredKeyedService<AttestationVerifier>("north");
        void Configure(AttestationVerifierOptions options) => options.TrustAnchors.Add(_root.Certificate);
    }

    [Fact]
    public async Task Options_may_be_configured_elsewhere()
    {
        IServiceCollection collection = new ServiceCollection().AddAttestationVerifier().AddKeyedAttestationVerifier("north");
        collection.ConfigureAll<AttestationVerifierOptions>(options => options.TrustAnchors.Add(_root.Certificate));
        await using ServiceProvider services = collection.BuildServiceProvider();

        services.Invoking(provider => provider.GetRequiredService<IStartupValidator>().Validate()).Should().NotThrow();
        services.GetRequiredKeyedService<AttestationVerifier>("north").Should().NotBeSameAs(services.GetRequiredService<AttestationVerifier>());
    }

    private sealed class CollectingLogger : ILogger<AttestationVerifier>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }

    /// <summary>What a mock without set-up answers.</summary>
    private sealed class SilentDeviceStore : IDeviceStore
    {
        public Task<DeviceRecord?> FindAsync(string nodeId, CancellationToken cancellationToken = default) => Task.FromResult<DeviceRecord?>(null);

        public Task<DeviceRecord?> FindByEndorsementKeyAsync(string endorsementKeyId, CancellationToken cancellationToken = default) =>
            Task.FromResult<DeviceRecord?>(null);

        public Task<long> GetRemovalMarkAsync(string nodeId, string endorsementKeyId, CancellationToken cancellationToken = default) => Task.FromResult(0L);

        public Task<ReplaceDeviceOutcome> TryReplaceAsync(
            DeviceRecord current, DeviceRecord replacement, long removalMark, CancellationToken cancellationToken = default) =>
            Task.FromResult<ReplaceDeviceOutcome>(default);

        public Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, long removalMark, CancellationToken cancellationToken = default) =>
            Task.FromResult<AddDeviceOutcome>(default);

        public Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default) => Task.FromResult(false);

        public Task<bool> TryRemoveAsync(DeviceRecord current, CancellationToken cancellationToken = default) => Task.FromResult(false);

        public IAsyncEnumerable<DeviceRecord> ListAsync(string? afterNodeId = null, CancellationToken cancellationToken = default) =>
            AsyncEnumerable.Empty<DeviceRecord>();
    }
}
