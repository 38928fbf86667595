using HardwareAttestation.Client;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Challenges as no server of the protocol sends them: one kind of exception for all, and nothing of them reaches the TPM.</summary>
public sealed class HostileChallengeTests
{
    [Fact]
    public async Task A_challenge_that_cannot_be_answered_is_refused_before_the_TPM_hears_of_it()
    {
        await using Agent agent = await Agent.StartAsync();
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(await agent.Client.GetEndorsementKeyAsync());
        string longField = new('x', 70_000);
        (Func<Task> Respond, string Message)[] challenges =
        [
            (() => key.RespondAsync(Boot(version: 2)), "*version 2*version 1*bring the older side up to date*"),
            (() => key.RespondAsync(Boot(nonceSize: 65, selection: "sha256:0")), "*65 bytes, and 64 are the most*"),
            (() => key.RespondAsync(Boot(nonceSize: 70_000)), "*70000 bytes*"),
            (() => key.RespondAsync(Boot(challengeId: longField)), "*70000 bytes*"),
            (() => key.RespondAsync(Credential(version: 0), "node"), "*version 0*"),
            (() => key.RespondAsync(Credential(challengeId: longField), "node"), "*70000 bytes*"),
            (() => key.RespondAsync(Credential(blob: [0, 9, 1]), "node"), "The credential of the challenge is malformed: *"),
            (() => key.RespondAsync(Credential(secret: [0, 1, 2, 3]), "node"), "The credential of the challenge is malformed: *"),
        ];
        agent.Device.Forget();

        foreach ((Func<Task> respond, string message) in challenges)
        {
            (await respond.Should().ThrowAsync<AttestationProtocolException>()).WithMessage(message);
        }

        agent.Device.Commands.Should().BeEmpty();
    }

    private static AttestationChallenge Boot(int version = 1, string challengeId = "id", int nonceSize = 32, string? selection = null) => new()
    {
        Version = version,
        ChallengeId = challengeId,
        NodeId = "node",
        Nonce = new byte[nonceSize],
        PcrSelection = selection is null ? null : TpmlPcrSelection.Parse(selection),
        ExpiresAt = DateTimeOffset.UtcNow,
    };

    private static CredentialChallenge Credential(int version = 1, string challengeId = "id", byte[]? blob = null, byte[]? secret = null) => new()
    {
        Version = version,
        ChallengeId = challengeId,
        CredentialBlob = blob ?? [0, 4, 0, 0, 0, 0],
        EncryptedSecret = secret ?? [0, 1, 2],
        ExpiresAt = DateTimeOffset.UtcNow,
    };
}
