using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>A machine of its own and the agent on it: the device and the client, which end and begin anew with each boot.</summary>
internal sealed class Agent : IAsyncDisposable
{
    private Agent(TestMachine machine)
    {
        Machine = machine;
        Start();
    }

    public TestMachine Machine { get; }

    public WatchedDevice Device { get; private set; } = null!;

    public AttestationClient Client { get; private set; } = null!;

    /// <summary>What its clients have logged as worth a warning.</summary>
    public WarningLog Warnings { get; } = new();

    /// <summary>The TPM's authorisation values, as the client is told them when it begins.</summary>
    public TpmAuthValues? AuthValues { get; set; }

    /// <summary>An agent on a fresh copy of the first machine, or on the TPM that was chosen, if a test may do anything to it. A test has one at a time.</summary>
    public static async Task<Agent> StartAsync() => new(await SharedMachines.CreateTestMachineAsync(ofItsOwn: true));

    /// <summary>An agent on a fresh copy of the other machine.</summary>
    public static async Task<Agent> StartOtherAsync() => new(await SharedMachines.CreateOtherMachineAsync());

    /// <summary>An agent on a machine that is on, and is the agent's from now on.</summary>
    public static Agent On(TestMachine machine) => new(machine);

    /// <summary>Has a new client on the device that is open.</summary>
    public async Task RestartClientAsync()
    {
        await Client.DisposeAsync();
        Client = new AttestationClient(Device, AuthValues, Warnings);
    }

    /// <summary>Ends in good order, reboots, and begins anew.</summary>
    public async Task RebootAsync()
    {
        await StopAsync();
        await Machine.RebootAsync();
        Start();
    }

    /// <summary>Dies with the power, and begins anew.</summary>
    public async Task CutPowerAsync()
    {
        await Machine.PowerOffAsync();
        await Device.DisposeAsync();
        await Client.DisposeAsync();
        await Machine.PowerOnAsync(CancellationToken.None);
        Start();
    }

    /// <summary>Ends in good order, as before the machine is shut down.</summary>
    public async Task StopAsync()
    {
        await Client.DisposeAsync();
        await Device.DisposeAsync();
    }

    /// <summary>Begins anew on a machine that was powered on again.</summary>
    public void Start()
    {
        Device = new WatchedDevice(TpmDevice.Open(Machine.DeviceString));
        Client = new AttestationClient(Device, AuthValues, Warnings);
    }

    public Task<TpmKeyBlob> EnrollAsync(AttestationVerifier verifier, string node = TestFleet.Node) =>
        TestFleet.EnrollAsync(verifier, Client, node);

    /// <summary>Creates an attestation key under the first endorsement key, and asks for it to be enrolled.</summary>
    public async Task<(AttestationKey Key, EnrollmentRequest Request)> CreateRequestAsync(
        string node = TestFleet.Node, EndorsementKeyTemplate? template = null)
    {
        EndorsementKey endorsementKey = await Client.GetEndorsementKeyAsync(template);
        AttestationKey key = await Client.CreateAttestationKeyAsync(endorsementKey);
        return (key, key.CreateEnrollmentRequest(node, endorsementKey));
    }

    /// <summary>Answers any challenge with the key of a blob.</summary>
    public async Task<AttestationEvidence> RespondAsync(TpmKeyBlob blob, AttestationChallenge challenge)
    {
        await using AttestationKey key = await Client.LoadAttestationKeyAsync(blob);
        return await key.RespondAsync(challenge);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            await Machine.DisposeAsync();
        }
    }
}
