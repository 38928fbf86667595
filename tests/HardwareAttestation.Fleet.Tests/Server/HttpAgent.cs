using System.Net;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>A machine with an emulated TPM, and the protocol spoken over HTTP a step at a time, so that a test can step in between.</summary>
internal sealed class HttpAgent : IAsyncDisposable
{
    private readonly EmulatedMachine _machine;
    private ITpmDevice _device;
    private AttestationClient _client;

    private HttpAgent(EmulatedMachine machine)
    {
        _machine = machine;
        _device = TpmDevice.Open(machine.DeviceString);
        _client = new AttestationClient(_device);
    }

    public TpmKeyBlob? Blob { get; private set; }

    /// <summary>An agent on a copy of the first machine: all of them have the same TPM.</summary>
    public static async Task<HttpAgent> StartAsync() => new(await SharedMachines.CreateMachineAsync());

    /// <summary>An agent on a copy of the other machine.</summary>
    public static async Task<HttpAgent> StartOtherAsync() => new(await SharedMachines.CreateOtherMachineAsync());

    /// <summary>Attests with another agent's key from now on, which only a copy of its TPM can load.</summary>
    public void Take(HttpAgent other) => Blob = other.Blob;

    /// <summary>Enrols, and gives the answer to the last step that was made.</summary>
    public async Task<Answer> EnrollAsync(HttpClient server, string node)
    {
        (Answer offer, CredentialResponse? response) = await BeginAsync(server, node);
        return response is null ? offer : await Answer.PostAsync(server, "/v1/enrollments/complete", response, ProtocolJson.CredentialResponse);
    }

    /// <summary>Begins an enrolment, and gives what completes it; null if it was refused.</summary>
    public async Task<(Answer Offer, CredentialResponse? Response)> BeginAsync(HttpClient server, string node)
    {
        EndorsementKey endorsementKey = await _client.GetEndorsementKeyAsync();
        await using AttestationKey key = await _client.CreateAttestationKeyAsync(endorsementKey);
        Answer offer = await Answer.PostAsync(
            server, "/v1/enrollments", key.CreateEnrollmentRequest(node, endorsementKey), ProtocolJson.EnrollmentRequest);
        if (offer.Status != HttpStatusCode.OK)
        {
            return (offer, null);
        }

        Blob = key.Blob;
        return (offer, await key.RespondAsync(offer.Read(ProtocolJson.CredentialChallenge), node));
    }

    /// <summary>Attests, and gives the answer to the last step that was made.</summary>
    public async Task<Answer> AttestAsync(HttpClient server, string node)
    {
        Answer offer = await Answer.ChallengeAsync(server, node);
        return offer.Status == HttpStatusCode.OK
            ? await SendAsync(server, await RespondAsync(offer.Read(ProtocolJson.AttestationChallenge)))
            : offer;
    }

    public async Task<AttestationEvidence> RespondAsync(AttestationChallenge challenge)
    {
        await using AttestationKey key = await _client.LoadAttestationKeyAsync(Blob!);
        return await key.RespondAsync(challenge);
    }

    public static Task<Answer> SendAsync(HttpClient server, AttestationEvidence evidence) =>
        Answer.PostAsync(server, "/v1/evidence", evidence, ProtocolJson.AttestationEvidence);

    public async Task RebootAsync()
    {
        await _client.DisposeAsync();
        await _device.DisposeAsync();
        await _machine.RebootAsync();
        _device = TpmDevice.Open(_machine.DeviceString);
        _client = new AttestationClient(_device);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _device.DisposeAsync();
        await _machine.DisposeAsync();
    }
}
