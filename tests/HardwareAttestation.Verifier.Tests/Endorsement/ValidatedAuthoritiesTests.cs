using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>What a validator remembers of authorities, and for how long.</summary>
public sealed class ValidatedAuthoritiesTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _issuer;
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();
    private readonly ManualTimeProvider _time = new();

    public ValidatedAuthoritiesTests() =>
        _issuer = _root.CreateIntermediate(details: CertificateDetails.Authority with { NotAfter = ManualTimeProvider.Start.AddDays(10) });

    public void Dispose()
    {
        _root.Dispose();
        _issuer.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void Many_machines_of_one_issuer_cost_one_validation_of_it()
    {
        EndorsementCertificateValidator validator = CreateValidator();
        for (int machine = 0; machine < 20; machine++)
        {
            validator.Validate(_issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
        }

        validator.ValidatedAuthorities.Validations.Should().Be(1);
    }

    [Fact]
    public void A_remembered_issuer_does_not_vouch_for_a_leaf_that_it_did_not_sign()
    {
        EndorsementCertificateValidator validator = CreateValidator();
        using TestAuthority twin = _root.CreateIntermediate();
        validator.Validate(_issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();

        validator.Validate(twin.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A23_RememberedIssuer_IsRefusedOnceItHasExpired()
    {
        EndorsementCertificateValidator validator = CreateValidator();
        validator.Validate(_issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();

        validator.Validate(_issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start.AddDays(11)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A23_RememberedIssuer_IsRefusedForATimeAtWhichItWasNotYetValid()
    {
        EndorsementCertificateValidator validator = CreateValidator();
        DateTimeOffset early = CertificateDetails.Authority.NotBefore.AddDays(-1);
        byte[] certificate = _issuer.Issue(_key, CertificateDetails.EndorsementKey with { NotBefore = early.AddDays(-1) });
        validator.Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();

        validator.Validate(certificate, _key.Public, time: early).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void What_is_remembered_expires()
    {
        EndorsementCertificateValidator validator = CreateValidator();
        validator.Validate(_issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
        _time.Advance(ValidatedAuthorities.Lifetime);

        validator.Validate(_issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();

        validator.ValidatedAuthorities.Validations.Should().Be(2);
        validator.ValidatedAuthorities.Count.Should().Be(1);
    }

    [Fact]
    public void What_does_not_hold_is_not_remembered()
    {
        EndorsementCertificateValidator validator = new([_root.Certificate], timeProvider: _time);
        using TestAuthority expired = _root.CreateIntermediate(details: CertificateDetails.Authority with { NotAfter = ManualTimeProvider.Start.AddDays(-1) });

        validator.Validate(expired.Issue(_key), _key.Public, [expired.Certificate.RawData], ManualTimeProvider.Start)
            .Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);

        validator.ValidatedAuthorities.Count.Should().Be(0);
    }

    [Fact]
    public void An_issuer_that_came_along_once_does_not_stand_in_for_one_that_does_not_come()
    {
        EndorsementCertificateValidator validator = new([_root.Certificate], timeProvider: _time);
        byte[] certificate = _issuer.Issue(_key);

        validator.Validate(certificate, _key.Public, [_issuer.Certificate.RawData], ManualTimeProvider.Start).Verdict.ShouldBeVerified();

        validator.Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void What_is_remembered_is_bounded()
    {
        ValidatedAuthorities remembered = new(_time);
        for (int i = 0; i <= ValidatedAuthorities.Capacity; i++)
        {
            using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(
                _root.Issue(_issuer.Certificate.PublicKey, CertificateDetails.Authority, "CN=Issuer"));
            remembered.Validate(new EndorsementPath([issuer], _root.Certificate), ManualTimeProvider.Start).Should().BeNull();
        }

        remembered.Count.Should().Be(ValidatedAuthorities.Capacity);
    }

    private EndorsementCertificateValidator CreateValidator() => new([_root.Certificate], [_issuer.Certificate], timeProvider: _time);
}
