using System.Collections.Concurrent;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using Xunit.Abstractions;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>One verifier and one store for all: machines that enrol, boot and replay, and operators who retire, revoke, replace and remove, all at once.</summary>
public sealed class ManyThreadsTests : IDisposable
{
    private const int Threads = 32;
    private const int StepsOfEach = 50;
    private static readonly string[] Nodes = ["node0", "node1", "node2", "node3"];
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly CountingChallengeStore _challenges = new();
    private readonly SoftwareFleet _fleet;
    private readonly SoftwareTpm[] _tpms;
    private readonly ITestOutputHelper _output;
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<AttestationResult> _boots = [];
    private readonly ConcurrentBag<DeviceRecord> _enrolled = [];
    private readonly ConcurrentBag<DeviceRecord> _written = [];
    private int _clock;

    public ManyThreadsTests(ITestOutputHelper output)
    {
        _output = output;
        _fleet = new SoftwareFleet(challenges: _challenges);
        _tpms = [.. Enumerable.Range(0, 6).Select(_ => _fleet.CreateTpm())];
    }

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task Many_threads_on_one_store_use_each_challenge_once_and_lose_no_update()
    {
        // Threads of their own, so that the system interrupts them anywhere: the stores never make them wait.
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(
            seed => Task.Factory.StartNew(() => LiveAsync(new Random(seed)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

        foreach ((string what, int count) in _counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            _output.WriteLine($"{count,6} {what}");
        }

        foreach (string what in new[] { "enrolled", "booted", "replay refused", "revoked", "retired", "removed", "replaced" })
        {
            _counts.Should().ContainKey(what, "all of it happened at least once");
        }

        _challenges.MostTaken.Should().Be(1, "a challenge is given out once");
        _enrolled.Select(device => device.EnrollmentId).Should().OnlyHaveUniqueItems();
        await OneEndorsementKeyIsOfOneDeviceAsync();
        NoUpdateIsLost();
    }

    private async Task OneEndorsementKeyIsOfOneDeviceAsync()
    {
        List<DeviceRecord> devices = [];
        foreach (string node in Nodes)
        {
            if (await _fleet.Devices.FindAsync(node) is { } device)
            {
                devices.Add(device);
                (await _fleet.Devices.FindByEndorsementKeyAsync(device.EndorsementKeyId)).Should().BeSameAs(device);
            }
        }

        devices.Select(device => device.EndorsementKeyId).Should().OnlyHaveUniqueItems();
    }

    // Every change that was made has a revision of its own in its enrolment, and the boot counters never went back from one to the next.
    private void NoUpdateIsLost()
    {
        // A device that is revoked already stays as it is, and is given back once more.
        DeviceRecord[] written = [.. _written.Distinct()];
        written.Select(device => (device.EnrollmentId, device.Revision)).Should().OnlyHaveUniqueItems("two changes of one revision would undo one another");
        foreach (IGrouping<string, AttestationResult> enrolment in _boots.GroupBy(boot => boot.Device!.EnrollmentId))
        {
            enrolment.OrderBy(boot => boot.Device!.Revision).Select(boot => boot.Attested!.ClockInfo.Clock).Should().BeInAscendingOrder();
        }

        foreach (DeviceRecord last in written.GroupBy(device => device.EnrollmentId).Select(changes => changes.MaxBy(device => device.Revision)!))
        {
            ulong latest = _boots.Where(boot => boot.Device!.EnrollmentId == last.EnrollmentId).Max(boot => (ulong?)boot.Attested!.ClockInfo.Clock) ?? 0;
            (last.LastClockInfo?.Clock ?? 0).Should().Be(latest, "the last record has the last boot's counters");
        }
    }

    private async Task LiveAsync(Random random)
    {
        for (int step = 0; step < StepsOfEach; step++)
        {
            string node = Nodes[random.Next(Nodes.Length)];
            SoftwareTpm tpm = _tpms[random.Next(_tpms.Length)];
            switch (random.Next(16))
            {
                case < 5:
                    await EnrolAsync(node, tpm);
                    break;
                case < 10:
                    await BootAsync(node);
                    break;
                case 10:
                    Count("retired", await _fleet.Verifier.Devices.RetireAsync(node));
                    break;
                case 11:
                    Count("reinstated", await _fleet.Verifier.Devices.ReinstateAsync(node));
                    break;
                case 12:
                    Count("allowed to be replaced", await _fleet.Verifier.Devices.GrantReplacementAsync(node, Hour));
                    await EnrolAsync(node, tpm);
                    break;
                case 13:
                    Count("allowed to be enrolled again", await _fleet.Verifier.Devices.GrantReenrollmentAsync(node, Hour));
                    await EnrolAsync(node, tpm);
                    break;
                case 14:
                    Count("revoked", await _fleet.Verifier.Devices.RevokeAsync(node, "stolen"));
                    break;
                default:
                    await RemoveAsync(node);
                    break;
            }
        }
    }

    private async Task EnrolAsync(string node, SoftwareTpm tpm)
    {
        EnrollmentOffer offer = await _fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(node));
        if (offer.Challenge is not { } challenge)
        {
            return;
        }

        CredentialResponse response;
        lock (tpm)
        {
            response = tpm.Answer(challenge, node);
        }

        EnrollmentResult result = await _fleet.Verifier.CompleteEnrollmentAsync(response);
        if (result.Device is { } device)
        {
            Count(device.Revision == 0 ? "enrolled" : "replaced", true);
            _enrolled.Add(device);
            _written.Add(device);
        }

        (await _fleet.Verifier.CompleteEnrollmentAsync(response)).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
    }

    private async Task BootAsync(string node)
    {
        DeviceRecord? device = await _fleet.Devices.FindAsync(node);
        SoftwareTpm? tpm = Array.Find(_tpms, candidate => device?.EndorsementPublic.Span.SequenceEqual(candidate.EndorsementKey.Public.Encoded.Span) == true);
        ChallengeOffer offer = await _fleet.Verifier.CreateChallengeAsync(node);
        if (tpm is null || offer.Challenge is not { } challenge)
        {
            return;
        }

        AttestationEvidence evidence;
        lock (tpm)
        {
            TpmsClockInfo clock = new((ulong)Interlocked.Increment(ref _clock), 1, 0, true);
            evidence = tpm.Answer(challenge, quote => quote with { Clock = clock });
        }

        AttestationResult result = await _fleet.Verifier.VerifyAsync(evidence);
        if (result.Device is { } verified)
        {
            Count("booted", true);
            _boots.Add(result);
            _written.Add(verified);
        }

        (await _fleet.Verifier.VerifyAsync(evidence)).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        Count("replay refused", true);
    }

    private async Task RemoveAsync(string node)
    {
        DeviceChange change = await _fleet.Verifier.Devices.RemoveAsync(node);
        bool removed = change.Outcome == DeviceChangeOutcome.Changed
            || (change.Outcome == DeviceChangeOutcome.Revoked && await _fleet.Devices.TryRemoveAsync(change.Device!));
        Count("removed", removed);
    }

    private void Count(string what, bool happened)
    {
        if (happened)
        {
            _counts.AddOrUpdate(what, 1, (_, count) => count + 1);
        }
    }

    private void Count(string what, DeviceChange change)
    {
        if (change.Outcome == DeviceChangeOutcome.Changed)
        {
            Count(what, true);
            _written.Add(change.Device!);
        }
    }

    /// <summary>The store in memory, and how often it gave each challenge.</summary>
    private sealed class CountingChallengeStore : IChallengeStore
    {
        private readonly InMemoryChallengeStore _inner = new(timeProvider: new ManualTimeProvider());
        private readonly ConcurrentDictionary<string, int> _taken = new(StringComparer.Ordinal);

        public int MostTaken => _taken.Values.Max();

        public Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default) => _inner.TryAddAsync(challenge, cancellationToken);

        public async Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default)
        {
            PendingChallenge? challenge = await _inner.TakeAsync(challengeId, cancellationToken);
            if (challenge is not null)
            {
                _taken.AddOrUpdate(challengeId, 1, (_, count) => count + 1);
            }

            return challenge;
        }
    }
}
