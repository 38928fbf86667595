using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>The public area that a machine names as its attestation key's parent, where that is not the endorsement key.</summary>
public sealed class StorageParentTests : IDisposable
{
    private const TpmaObject StorageKey = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.UserWithAuth | TpmaObject.NoDA | TpmaObject.Restricted | TpmaObject.Decrypt;

    private readonly SoftwareFleet _fleet = new();

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task A_storage_key_may_be_the_parent() => (await AskAsync(StorageKey)).ShouldBeVerified();

    [Theory]
    [InlineData(TpmaObject.FixedTpm)]
    [InlineData(TpmaObject.FixedParent)]
    [InlineData(TpmaObject.Restricted)]
    [InlineData(TpmaObject.Decrypt)]
    [InlineData(TpmaObject.Sign)]
    public async Task A14_ParentThatIsNoStorageKey_IsRefused(TpmaObject changed) => (await AskAsync(StorageKey ^ changed)).ShouldBeRefusedBy(CheckIds.AkParent);

    [Theory]
    [InlineData(TpmAlgId.Sha1)]
    [InlineData(TpmAlgId.Null)]
    [InlineData((TpmAlgId)0x1234)]
    public async Task A04_ParentWithAWeakNameAlg_IsRefused(TpmAlgId nameAlg) => (await AskAsync(StorageKey, nameAlg)).ShouldBeRefusedBy(CheckIds.AkParent);

    private async Task<Verdict> AskAsync(TpmaObject attributes, TpmAlgId nameAlg = TpmAlgId.Sha256)
    {
        using SoftwareEndorsementKey parent = SoftwareEndorsementKey.Ecc(nameAlg: nameAlg, attributes: attributes);
        EnrollmentRequest usual = _fleet.CreateTpm().Ask(SoftwareFleet.Node);
        return (await _fleet.Verifier.BeginEnrollmentAsync(new EnrollmentRequest
        {
            NodeId = usual.NodeId,
            EndorsementCertificate = usual.EndorsementCertificate,
            EndorsementPublic = usual.EndorsementPublic,
            AttestationPublic = usual.AttestationPublic,
            StorageParentPublic = parent.Public.EncodeSized(),
        })).Verdict;
    }
}
