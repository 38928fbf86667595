using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Revocation lists that are right and tell less than others: of some certificates alone, or by a weak signature.</summary>
public sealed class OddRevocationListTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot(key: TestKeys.Rsa(2048));
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();
    private readonly byte[] _certificate;
    private readonly byte[] _other;

    public OddRevocationListTests()
    {
        _certificate = _root.Issue(_key);
        _other = _root.Issue(_key);
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void A_list_with_an_extension_that_is_not_critical_tells_that_a_certificate_is_good() =>
        OutcomeOf(new() { Revoked = [_other], Extension = ("1.2.3.4", false), EntryExtension = ("1.2.3.4", false) }).Should().Be(FindingOutcome.Passed);

    [Fact]
    public void A32_ListOfSomeCertificatesAlone_TellsOfNoneThatItIsGood()
    {
        OutcomeOf(new() { Extension = (RawRevocationList.IssuingDistributionPoint, true) }).Should().Be(FindingOutcome.Flagged);
        OutcomeOf(new() { Revoked = [_other], EntryExtension = (RawRevocationList.CertificateIssuer, true) }).Should().Be(FindingOutcome.Flagged);
    }

    [Fact]
    public void A32_ListOfSomeCertificatesAlone_TellsThatTheyAreRevoked()
    {
        OutcomeOf(new() { Revoked = [_certificate], Extension = (RawRevocationList.IssuingDistributionPoint, true) }).Should().Be(FindingOutcome.Refused);
        OutcomeOf(new() { Revoked = [_certificate], EntryExtension = (RawRevocationList.CertificateIssuer, true) }).Should().Be(FindingOutcome.Refused);
    }

    [Fact]
    public void A26_ListWithAWeakSignature_IsBelievedAtMostThatACertificateIsRevoked()
    {
        Outcome("sha1", _certificate).Should().Be(FindingOutcome.Refused);
        Outcome("sha1", _other).Should().Be(FindingOutcome.Flagged);
        Outcome("md5", _certificate).Should().Be(FindingOutcome.Flagged);

        FindingOutcome Outcome(string algorithm, byte[] revoked) =>
            Validate(new RawRevocationList { Revoked = [revoked] }.Sign(_root, _root.SignWith(algorithm))).OutcomeOf(CheckIds.EkCertificateRevocation);
    }

    private FindingOutcome OutcomeOf(RawRevocationList list) => Validate(list.Sign(_root)).OutcomeOf(CheckIds.EkCertificateRevocation);

    private Verdict Validate(byte[] list)
    {
        EndorsementCertificateOptions options = new();
        options.RevocationLists.Add(list);
        return new EndorsementCertificateValidator([_root.Certificate], options: options).Validate(_certificate, _key.Public, time: ManualTimeProvider.Start).Verdict;
    }
}
