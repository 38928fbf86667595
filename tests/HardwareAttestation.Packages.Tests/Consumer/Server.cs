using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.EndToEnd.Tests;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

/// <summary>The README's server, with every message passing as JSON.</summary>
internal sealed class Server(AttestationVerifier verifier) : ReadmeSnippets.IServer
{
    private static readonly ProtocolJsonContext Json = ProtocolJsonContext.Default;

    public async Task<CredentialChallenge?> BeginEnrollmentAsync(EnrollmentRequest request)
    {
        EnrollmentOffer offer = await ReadmeSnippets.BeginAsync(verifier, Send(request, Json.EnrollmentRequest));
        return offer.Challenge is { } challenge ? Send(challenge, Json.CredentialChallenge) : null;
    }

    public async Task<bool> CompleteEnrollmentAsync(CredentialResponse response) =>
        (await ReadmeSnippets.CompleteAsync(verifier, Send(response, Json.CredentialResponse))).Verdict.IsVerified;

    public async Task<AttestationChallenge?> GetChallengeAsync(string node)
    {
        ChallengeOffer question = await ReadmeSnippets.ChallengeAsync(verifier, node);
        return question.Challenge is { } challenge ? Send(challenge, Json.AttestationChallenge) : null;
    }

    public async Task<bool> VerifyAsync(AttestationEvidence evidence) =>
        (await ReadmeSnippets.VerifyAsync(verifier, Send(evidence, Json.AttestationEvidence))).Verdict.IsVerified;

    private static T Send<T>(T message, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(JsonSerializer.Serialize(message, type), type)!;
}
