using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>What can be watched of the client by others.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string Name = AttestationClientDiagnostics.ActivitySourceName;
    private readonly Lock _lock = new();
    private readonly List<Activity> _activities = [];
    private readonly List<(string Instrument, double Value, Dictionary<string, object?> Tags)> _measurements = [];
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _listener;

    public TelemetryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Name,
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
            if (instrument.Meter.Name == AttestationClientDiagnostics.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _meters.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Commands_and_operations_are_counted_and_timed_and_no_secret_is_in_a_tag()
    {
        await using Agent agent = await Agent.StartAsync();
        byte[] authValue = RandomNumberGenerator.GetBytes(20);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { AuthValue = authValue });
        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, secret);
        agent.Device.Forget();
        Clear();

        await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret);

        string device = agent.Device.Name;
        Activity operation = Activities(device).Should().ContainSingle(activity => activity.OperationName == "activate-credential").Subject;
        Activities(device).Where(activity => activity.ParentSpanId == operation.SpanId).Select(activity => activity.OperationName)
            .Should().HaveCount(agent.Device.Commands.Count).And.Contain("TPM2_ActivateCredential").And.Contain("TPM2_StartAuthSession");
        Measurements("tpm.client.command.duration", device).Should().HaveCount(agent.Device.Commands.Count)
            .And.OnlyContain(measurement => measurement.Value > 0);
        Measurements("tpm.client.operation.duration", device).Should().ContainSingle().Which.Tags["tpm.operation"].Should().Be("activate-credential");
        operation.Source.Version.Should().Be("0.1.0");
        string[] said =
        [
            .. Activities(device).SelectMany(activity => activity.TagObjects).Select(tag => $"{tag.Value}"),
            .. TagValues().Select(value => $"{value}"),
        ];
        foreach (byte[] hidden in (byte[][])[secret, authValue])
        {
            said.Should().NotContain(text => text.Contains(Convert.ToHexString(hidden), StringComparison.OrdinalIgnoreCase)
                || text.Contains(Convert.ToBase64String(hidden), StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_refusal_is_told_by_its_name()
    {
        await using Agent agent = await Agent.StartAsync();
        (AttestationKey key, _) = await agent.CreateRequestAsync();
        Clear();

        Func<Task> forge = () => key.SignAsync((byte[])[0xFF, .. "TCG"u8]);
        await forge.Should().ThrowAsync<TpmCommandException>();

        Activity command = Activities(agent.Device.Name).Should().ContainSingle(activity => activity.OperationName == "TPM2_Sign").Subject;
        command.Status.Should().Be(ActivityStatusCode.Error);
        command.GetTagItem("error.type").Should().Be("Ticket");
        Measurements("tpm.client.command.duration", agent.Device.Name)
            .Should().ContainSingle(measurement => Equals(measurement.Tags["tpm.command"], "TPM2_Sign") && Equals(measurement.Tags["error.type"], "Ticket"));
    }

    [Fact]
    public async Task What_is_no_refusal_is_told_by_the_full_name_of_its_exception()
    {
        await using Agent agent = await Agent.StartAsync();
        agent.Device.BeforeSending = _ => throw new TpmDeviceException(agent.Device.Name, "it is away.");
        Clear();

        await agent.Client.Invoking(client => client.ProbeAsync()).Should().ThrowAsync<TpmDeviceException>();

        Measurements("tpm.client.operation.duration", agent.Device.Name)
            .Should().ContainSingle().Which.Tags["error.type"].Should().Be("HardwareAttestation.TpmDeviceException");
    }

    [Fact]
    public async Task A_command_that_is_sent_again_is_counted()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        Clear();

        for (int i = 0; i < 4; i++)
        {
            await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        }

        Measurements("tpm.client.command.retries", agent.Device.Name).Should().Contain(measurement => Equals(measurement.Tags["error.type"], "ObjectMemory"));
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Dictionary<string, object?> copy = new(tags.ToArray());
        lock (_lock)
        {
            _measurements.Add((instrument.Name, value, copy));
        }
    }

    // Other tests run at the same time, on devices of their own.
    private Activity[] Activities(string device)
    {
        lock (_lock)
        {
            return [.. _activities.Where(activity => Equals(activity.GetTagItem("tpm.device"), device))];
        }
    }

    private (double Value, Dictionary<string, object?> Tags)[] Measurements(string instrument, string device)
    {
        lock (_lock)
        {
            return
            [
                .. _measurements.Where(measurement => measurement.Instrument == instrument && Equals(measurement.Tags["tpm.device"], device))
                    .Select(measurement => (measurement.Value, measurement.Tags)),
            ];
        }
    }

    private object?[] TagValues()
    {
        lock (_lock)
        {
            return [.. _measurements.SelectMany(measurement => measurement.Tags.Values)];
        }
    }

    private void Clear()
    {
        lock (_lock)
        {
            _activities.Clear();
            _measurements.Clear();
        }
    }
}
