using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>A store that gives a challenge back with another state than it was given: the fault is the server's, and its message names the challenge.</summary>
public sealed class DamagedChallengeTests : IDisposable
{
    private readonly BrokenChallengeStore _store = new();
    private readonly SoftwareFleet _fleet;

    public DamagedChallengeTests() => _fleet = new SoftwareFleet(challenges: _store);

    public void Dispose() => _fleet.Dispose();

    public static TheoryData<byte[]> States => [[], [0x6E, 0x75, 0x6C, 0x6C], [0x7B, 0x7D], [0x7B, 0x22], [0xFF, 0xFF, 0xFF, 0xFF], new byte[64]];

    [Theory]
    [MemberData(nameof(States))]
    public async Task The_state_of_an_enrolment_is_missed_by_name(byte[] state)
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        CredentialResponse answer = tpm.Answer(await _fleet.BeginAsync(tpm));
        GiveBack(state);

        (await _fleet.Verifier.Awaiting(it => it.CompleteEnrollmentAsync(answer)).Should().ThrowAsync<InvalidOperationException>())
            .WithMessage($"*challenge store*{answer.ChallengeId}*without its state*");
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task The_state_of_a_boot_is_missed_by_name(byte[] state)
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationEvidence answer = tpm.Answer(await _fleet.ChallengeAsync());
        GiveBack(state);

        (await _fleet.Verifier.Awaiting(it => it.VerifyAsync(answer)).Should().ThrowAsync<InvalidOperationException>())
            .WithMessage($"*challenge store*{answer.ChallengeId}*without its state*");
    }

    private void GiveBack(byte[] state) => _store.Take = async id => await _store.Inner.TakeAsync(id) is { } taken
        ? new PendingChallenge
        {
            ChallengeId = taken.ChallengeId,
            Purpose = taken.Purpose,
            NodeId = taken.NodeId,
            Source = taken.Source,
            EndorsementKeyId = taken.EndorsementKeyId,
            ExpiresAt = taken.ExpiresAt,
            State = state,
        }
        : null;
}
