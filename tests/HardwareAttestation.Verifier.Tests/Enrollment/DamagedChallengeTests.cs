using System.Text;
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
        GiveBack(_ => state);

        (await _fleet.Verifier.Awaiting(it => it.CompleteEnrollmentAsync(answer)).Should().ThrowAsync<InvalidOperationException>())
            .WithMessage($"*challenge store*{answer.ChallengeId}*without its state*");
    }

    [Theory]
    [InlineData("\"check\"", "\"chess\"")]
    [InlineData("\"flagged\":[{", "\"flagged\":[null,{")]
    public async Task A_finding_that_was_kept_with_the_state_is_missed_too(string kept, string changed)
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        CredentialResponse answer = tpm.Answer(await _fleet.BeginAsync(tpm));
        GiveBack(state => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(state.Span).Replace(kept, changed, StringComparison.Ordinal)));

        (await _fleet.Verifier.Awaiting(it => it.CompleteEnrollmentAsync(answer)).Should().ThrowAsync<InvalidOperationException>())
            .WithMessage($"*challenge store*{answer.ChallengeId}*without its state*");
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task The_state_of_a_boot_is_missed_by_name(byte[] state)
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationEvidence answer = tpm.Answer(await _fleet.ChallengeAsync());
        GiveBack(_ => state);

        (await _fleet.Verifier.Awaiting(it => it.VerifyAsync(answer)).Should().ThrowAsync<InvalidOperationException>())
            .WithMessage($"*challenge store*{answer.ChallengeId}*without its state*");
    }

    private void GiveBack(Func<ReadOnlyMemory<byte>, byte[]> change) => _store.Take = async id => await _store.Inner.TakeAsync(id) is { } taken
        ? new PendingChallenge
        {
            ChallengeId = taken.ChallengeId,
            Purpose = taken.Purpose,
            NodeId = taken.NodeId,
            Source = taken.Source,
            EndorsementKeyId = taken.EndorsementKeyId,
            ExpiresAt = taken.ExpiresAt,
            State = change(taken.State),
        }
        : null;
}
