using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>A client that hangs up: until its challenge is taken nothing is lost, and after that everything is done.</summary>
public sealed class CancellationTests : IDisposable
{
    private readonly CancellationTokenSource _client = new();

    // Both stores heed their tokens, as those on a database do.
    private readonly HeedingStores _stores = new();
    private readonly SoftwareFleet _fleet = new();
    private readonly AttestationVerifier _verifier;

    public CancellationTests() => _verifier = new AttestationVerifier(_fleet.Options, _stores, _stores, timeProvider: _fleet.Time);

    public void Dispose()
    {
        _fleet.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task A_client_that_is_gone_when_its_challenge_is_taken_is_enrolled_and_attested_all_the_same()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        EnrollmentOffer offer = await _verifier.BeginEnrollmentAsync(tpm.Ask(SoftwareFleet.Node));
        _stores.Taken = _client.Cancel;

        (await _verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!), _client.Token)).Verdict.ShouldBeVerified();

        using CancellationTokenSource later = new();
        AttestationChallenge challenge = (await _verifier.CreateChallengeAsync(SoftwareFleet.Node)).Challenge!;
        _stores.Taken = later.Cancel;
        (await _verifier.VerifyAsync(tpm.Answer(challenge), later.Token)).Verdict.ShouldBeVerified();
        (await _verifier.Devices.FindAsync(SoftwareFleet.Node))!.LastVerifiedAt.Should().NotBeNull();
    }

    [Fact]
    public async Task A_client_that_is_gone_before_its_challenge_is_taken_can_answer_it_again()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        EnrollmentOffer offer = await _verifier.BeginEnrollmentAsync(tpm.Ask(SoftwareFleet.Node));
        CredentialResponse answer = tpm.Answer(offer.Challenge!);
        await _client.CancelAsync();

        await _verifier.Awaiting(verifier => verifier.CompleteEnrollmentAsync(answer, _client.Token)).Should().ThrowAsync<OperationCanceledException>();

        (await _verifier.CompleteEnrollmentAsync(answer)).Verdict.ShouldBeVerified();
    }

    private sealed class HeedingStores : IDeviceStore, IChallengeStore
    {
        private readonly InMemoryDeviceStore _devices = new();
        private readonly InMemoryChallengeStore _challenges = new(new ManualTimeProvider());

        public Action Taken { get; set; } = () => { };

        public Task<DeviceRecord?> FindAsync(string nodeId, CancellationToken cancellationToken = default) =>
            HeedAsync(() => _devices.FindAsync(nodeId, cancellationToken), cancellationToken);

        public Task<DeviceRecord?> FindByEndorsementKeyAsync(string endorsementKeyId, CancellationToken cancellationToken = default) =>
            HeedAsync(() => _devices.FindByEndorsementKeyAsync(endorsementKeyId, cancellationToken), cancellationToken);

        public Task<long> GetRemovalMarkAsync(string nodeId, string endorsementKeyId, CancellationToken cancellationToken = default) =>
            HeedAsync(() => _devices.GetRemovalMarkAsync(nodeId, endorsementKeyId, cancellationToken), cancellationToken);

        public Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, long removalMark, CancellationToken cancellationToken = default) =>
            HeedAsync(() => _devices.TryAddAsync(device, removalMark, cancellationToken), cancellationToken);

        public Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default) =>
            HeedAsync(() => _devices.TryUpdateAsync(device, cancellationToken), cancellationToken);

        public Task<ReplaceDeviceOutcome> TryReplaceAsync(
            DeviceRecord current, DeviceRecord replacement, long removalMark, CancellationToken cancellationToken = default) =>
            HeedAsync(() => _devices.TryReplaceAsync(current, replacement, removalMark, cancellationToken), cancellationToken);

        public Task<bool> TryRemoveAsync(DeviceRecord current, CancellationToken cancellationToken = default) =>
            HeedAsync(() => _devices.TryRemoveAsync(current, cancellationToken), cancellationToken);

        public IAsyncEnumerable<DeviceRecord> ListAsync(string? afterNodeId = null, CancellationToken cancellationToken = default) =>
            _devices.ListAsync(afterNodeId, cancellationToken);

        public Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default) =>
            HeedAsync(() => _challenges.TryAddAsync(challenge, cancellationToken), cancellationToken);

        public async Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default)
        {
            PendingChallenge? challenge = await HeedAsync(() => _challenges.TakeAsync(challengeId, cancellationToken), cancellationToken);
            Taken();
            return challenge;
        }

        private static Task<T> HeedAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
            cancellationToken.IsCancellationRequested ? Task.FromCanceled<T>(cancellationToken) : call();
    }
}
