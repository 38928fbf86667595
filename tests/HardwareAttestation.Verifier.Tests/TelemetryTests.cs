using System.Diagnostics;
using System.Diagnostics.Metrics;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier.Tests.Enrollment;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>What can be watched of the verifier by others.</summary>
public sealed class TelemetryTests : IDisposable
{

    // Other tests run at the same time: theirs are not below this one.
    private readonly Activity _root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
    private readonly SoftwareFleet _fleet = new();
    private readonly Lock _lock = new();
    private readonly List<Activity> _activities = [];
    private readonly List<Dictionary<string, object?>> _measurements = [];
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _listener;

    public TelemetryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == AttestationVerifierDiagnostics.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (_lock)
                {
                    _activities.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == AttestationVerifierDiagnostics.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _meters.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.Dispose();
        _fleet.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Every_operation_is_counted_and_timed_with_what_it_came_to()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        await _fleet.Verifier.VerifyAsync(tpm.Answer(await _fleet.ChallengeAsync()));
        await _fleet.Verifier.Devices.RetireAsync(SoftwareFleet.Node);
        await _fleet.Verifier.CreateChallengeAsync(SoftwareFleet.Node);
        await _fleet.Verifier.Devices.GrantReplacementAsync(SoftwareFleet.Node, TimeSpan.FromHours(1));
        await _fleet.Verifier.Devices.RemoveAsync(SoftwareFleet.Node);
        await _fleet.Verifier.Devices.RemoveAsync(SoftwareFleet.Node);

        Said("attestation.operation", "attestation.outcome", "attestation.check").Should().Equal(
            "begin_enrollment verified ",
            "complete_enrollment verified ",
            "create_challenge verified ",
            "verify verified ",
            "retire changed ",
            "create_challenge refused device.active",
            "grant_replacement changed ",
            "remove changed ",
            "remove no-device ");
        Activities().Select(activity => activity.GetTagItem("attestation.node")).Should().OnlyContain(node => Equals(node, SoftwareFleet.Node));
        Measured("create_challenge", "refused", "device.active").Should().BePositive();
    }

    [Fact]
    public async Task What_a_stranger_sends_is_in_no_tag()
    {
        const string Hostile = "hostile\n<name>";
        SoftwareTpm tpm = _fleet.CreateTpm();
        await _fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(Hostile));
        await _fleet.Verifier.CreateChallengeAsync(Hostile);
        await _fleet.Verifier.CompleteEnrollmentAsync(new CredentialResponse { ChallengeId = Hostile, Proof = new byte[32] });
        await _fleet.Verifier.VerifyAsync(new AttestationEvidence { ChallengeId = Hostile, Signature = new byte[32] });

        Said("attestation.outcome", "attestation.check").Should().Equal(
            "refused enrollment.node", "refused enrollment.node", "refused challenge.known", "refused challenge.known");
        Activities().SelectMany(activity => activity.TagObjects).Should().NotContain(tag => $"{tag.Value}".Contains("hostile"));
        lock (_lock)
        {
            _measurements.SelectMany(tags => tags.Values).Should().NotContain(value => $"{value}".Contains("hostile") || Equals(value, SoftwareFleet.Node));
        }
    }

    [Fact]
    public async Task A_store_that_fails_is_told_by_its_exception()
    {
        using SoftwareFleet fleet = new(challenges: new BrokenChallengeStore { Take = _ => throw new TimeoutException("no connection") });

        await fleet.Verifier.Awaiting(verifier => verifier.VerifyAsync(new AttestationEvidence { ChallengeId = "id", Signature = new byte[1] }))
            .Should().ThrowAsync<TimeoutException>();

        Activity activity = Activities().Should().ContainSingle().Subject;
        activity.Status.Should().Be(ActivityStatusCode.Error);
        activity.GetTagItem("error.type").Should().Be("System.TimeoutException");
        activity.GetTagItem("attestation.outcome").Should().BeNull();
    }

    [Fact]
    public void What_is_watched_has_a_version_and_buckets_for_seconds()
    {
        Histogram<double>? duration = null;
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) => duration = instrument.Meter.Name == AttestationVerifierDiagnostics.MeterName ? instrument as Histogram<double> : duration,
        };
        listener.Start();

        duration!.Meter.Version.Should().Be("0.1.0");
        duration.Advice!.HistogramBucketBoundaries.Should().BeInAscendingOrder().And.StartWith(0.001).And.EndWith(10);
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        instrument.Name.Should().Be("attestation.verifier.operation.duration");
        Dictionary<string, object?> copy = new(tags.ToArray()) { ["value"] = value };
        lock (_lock)
        {
            _measurements.Add(copy);
        }
    }

    private Activity[] Activities()
    {
        lock (_lock)
        {
            return [.. _activities.Where(activity => activity.TraceId == _root.TraceId)];
        }
    }

    private IEnumerable<string> Said(params string[] tags) =>
        Activities().Select(activity => string.Join(' ', tags.Select(tag => $"{activity.GetTagItem(tag)}")));

    private double Measured(string operation, string outcome, string check)
    {
        lock (_lock)
        {
            return (double)_measurements.First(tags => Equals(tags["attestation.operation"], operation)
                && Equals(tags.GetValueOrDefault("attestation.outcome"), outcome)
                && Equals(tags.GetValueOrDefault("attestation.check"), check))["value"]!;
        }
    }
}
