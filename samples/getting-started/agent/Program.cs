using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Protocol;

if (args is not [string address, string node, ..])
{
    Console.Error.WriteLine("Usage: agent SERVER NODE [TPM]");
    return 2;
}

using HttpClient server = new() { BaseAddress = new Uri(address) };
await using ITpmDevice tpm = TpmDevice.Open(args.ElementAtOrDefault(2));
await using AttestationClient client = new(tpm);

// The attestation key: made at the first start, and kept on disk as a blob that only this TPM can load.
FileTpmKeyStore store = new("keys");
await using AttestationKey key = await client.GetOrCreateAttestationKeyAsync(store, "boot");

using HttpResponseMessage question = await server.PostAsync($"challenges/{node}", null);
if (question.StatusCode == HttpStatusCode.NotFound)
{
    using HttpResponseMessage offer = await SendAsync("enrollments", await key.CreateEnrollmentRequestAsync(node), ProtocolJson.EnrollmentRequest);
    CredentialChallenge credential = await ReadAsync(offer, ProtocolJson.CredentialChallenge);
    using HttpResponseMessage proof = await SendAsync("enrollments/complete", await key.RespondAsync(credential, node), ProtocolJson.CredentialResponse);
    Console.WriteLine($"{node} is enrolled: {await proof.Content.ReadAsStringAsync()}. Start again to attest.");
    return 0;
}

AttestationChallenge challenge = await ReadAsync(question, ProtocolJson.AttestationChallenge);
using HttpResponseMessage answer = await SendAsync("evidence", await key.RespondAsync(challenge), ProtocolJson.AttestationEvidence);
Console.WriteLine($"{node} has attested: {await answer.Content.ReadAsStringAsync()}");
return 0;

async Task<HttpResponseMessage> SendAsync<T>(string path, T message, JsonTypeInfo<T> type)
{
    HttpResponseMessage response = await server.PostAsJsonAsync(path, message, type);
    return response.IsSuccessStatusCode ? response : throw await FailureOfAsync(response);
}

async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type) => response.IsSuccessStatusCode
    ? (await response.Content.ReadFromJsonAsync(type))!
    : throw await FailureOfAsync(response);

// What the verifier refuses, it says in a verdict.
async Task<InvalidOperationException> FailureOfAsync(HttpResponseMessage response) => new(response.StatusCode == HttpStatusCode.Forbidden
    ? (await response.Content.ReadFromJsonAsync(ProtocolJson.Verdict))!.ToString()
    : $"The server answered {(int)response.StatusCode}.");
