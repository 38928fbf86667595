using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.EndToEnd.Tests;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

/// <summary>The README's server, with every message passing as JSON.</summary>
internal sealed class Server(AttestationVerifier verifier) : ReadmeSnippets.IServer
{

    public async Task<CredentialChallenge?> BeginEnrollmentAsync(EnrollmentRequest request)
    {
        EnrollmentOffer offer = await ReadmeSnippets.BeginAsync(verifier, Send(request, ProtocolJson.EnrollmentRequest));
        return offer.Challenge is { } challenge ? Send(challenge, ProtocolJson.CredentialChallenge) : null;
    }

    public async Task<bool> CompleteEnrollmentAsync(CredentialResponse response) =>
        (await ReadmeSnippets.CompleteAsync(verifier, Send(response, ProtocolJson.CredentialResponse))).Verdict.IsVerified;

    public async Task<AttestationChallenge?> GetChallengeAsync(string node)
    {
        ChallengeOffer question = await ReadmeSnippets.ChallengeAsync(verifier, node);
        return question.Challenge is { } challenge ? Send(challenge, ProtocolJson.AttestationChallenge) : null;
    }

    public async Task<bool> VerifyAsync(AttestationEvidence evidence) =>
        (await ReadmeSnippets.VerifyAsync(verifier, Send(evidence, ProtocolJson.AttestationEvidence))).Verdict.IsVerified;

    private static T Send<T>(T message, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(JsonSerializer.Serialize(message, type), type)!;
}
