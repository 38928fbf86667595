using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>CVE-2017-15361: keys whose private part can be computed, wherever they stand.</summary>
public sealed class RocaTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();
    private readonly RSA _roca = RocaKey.Create();

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
        _roca.Dispose();
    }

    [Fact]
    public void A09_EndorsementCertificateOfARocaKey_IsRefused() => Validate(_root.Issue(new PublicKey(_roca)), [])
        .ShouldBeRefusedBy(CheckIds.EkCertificateWeakKey);

    [Fact]
    public void A09_AuthorityWithARocaKey_IsRefused()
    {
        using TestAuthority issuer = _root.CreateIntermediate(key: RocaKey.Create());
        using TestAuthority root = TestAuthority.CreateRoot(key: RocaKey.Create());

        Validate(issuer.Issue(_key), [issuer]).ShouldBeRefusedBy(CheckIds.EkCertificateWeakKey);
        new EndorsementCertificateValidator([root.Certificate]).Validate(root.Issue(_key), _key.Public, time: ManualTimeProvider.Start)
            .Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateWeakKey);
    }

    [Fact]
    public void A09_RocaEndorsementKey_IsRefused()
    {
        FindingList findings = new();

        EndorsementKeyPolicy.Judge(Area(new TpmsRsaParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, 2048, 0), SoftwareEndorsementKey.UsualAttributes), findings)
            .Should().BeFalse();

        findings.ToVerdict().ShouldBeRefusedBy(CheckIds.EkPublicWeakKey);
    }

    [Fact]
    public void A09_RocaAttestationKey_IsRefused()
    {
        const TpmaObject Attributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
            | TpmaObject.UserWithAuth | TpmaObject.Restricted | TpmaObject.Sign;
        FindingList findings = new();

        AttestationKeyPolicy.Judge(Area(new TpmsRsaParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.RsaSsa, TpmAlgId.Sha256), 2048, 0), Attributes), findings);

        findings.ToVerdict().ShouldBeRefusedBy(CheckIds.AkWeakKey);
    }

    [Fact]
    public void Other_keys_do_not_have_the_fingerprint()
    {
        RocaFingerprint.Matches(_roca.ExportParameters(false).Modulus).Should().BeTrue();
        RocaFingerprint.Matches([0, .. _roca.ExportParameters(false).Modulus!]).Should().BeTrue();
        foreach (int bits in new[] { 1024, 2048, 4096 })
        {
            using RSA key = TestKeys.Rsa(bits);
            RocaFingerprint.Matches(key.ExportParameters(false).Modulus).Should().BeFalse();
        }

        Random random = new(1);
        byte[] number = new byte[256];
        for (int i = 0; i < 1000; i++)
        {
            random.NextBytes(number);
            RocaFingerprint.Matches(number).Should().BeFalse();
        }

        RocaFingerprint.Matches([]).Should().BeFalse();
        RocaFingerprint.Matches([0]).Should().BeFalse();
    }

    private TpmtPublic Area(TpmsRsaParms parameters, TpmaObject attributes) => new(
        TpmAlgId.Sha256, attributes, new byte[32], parameters, new Tpm2bPublicKeyRsa(_roca.ExportParameters(false).Modulus));

    private Verdict Validate(byte[] certificate, TestAuthority[] intermediates) =>
        new EndorsementCertificateValidator([_root.Certificate], intermediates.Select(issuer => issuer.Certificate))
            .Validate(certificate, null, time: ManualTimeProvider.Start).Verdict;
}
