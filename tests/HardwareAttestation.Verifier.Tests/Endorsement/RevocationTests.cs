using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Revocation has three answers: good, revoked, and unknown.</summary>
public sealed class RevocationTests : IDisposable
{
    private static readonly DateTimeOffset Now = ManualTimeProvider.Start;
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _issuer;
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();
    private readonly byte[] _certificate;

    public RevocationTests()
    {
        _issuer = _root.CreateIntermediate();
        _certificate = _issuer.Issue(_key);
    }

    private byte[] GoodRootList => _root.Revoke(Now.AddDays(-1), Now.AddDays(1));

    public void Dispose()
    {
        _root.Dispose();
        _issuer.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void A_certificate_that_no_list_of_its_issuers_has_is_good()
    {
        Verdict verdict = Validate([GoodRootList, _issuer.Revoke(Now.AddDays(-1), Now.AddDays(1), _root.Certificate.RawData)]);

        verdict.ShouldBeVerified();
        verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
    }

    [Fact]
    public void A32_RevokedLeaf_IsRefused() =>
        Validate([GoodRootList, _issuer.Revoke(Now.AddDays(-1), Now.AddDays(1), _certificate)]).ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);

    [Fact]
    public void A32_RevokedIntermediate_IsRefused() =>
        Validate([_root.Revoke(Now.AddDays(-1), Now.AddDays(1), _issuer.Certificate.RawData)]).ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);

    [Fact]
    public void A32_LeafThatAnOldListHas_StaysRevoked() =>
        Validate([_issuer.Revoke(Now.AddDays(-9), Now.AddDays(-8), _certificate), _issuer.Revoke(Now.AddDays(-1), Now.AddDays(1))])
            .ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);

    // Whoever asks chooses which certificates of its issuer come along.
    [Fact]
    public void A32_RevokedLeafWithAnotherCertificateOfItsIssuerThatMayNotSignLists_IsRefused()
    {
        using TestAuthority again = _issuer.With(_root.Issue(
            _issuer.Certificate.PublicKey, CertificateDetails.Authority with { KeyUsage = X509KeyUsageFlags.KeyCertSign }, "CN=Test TPM Issuer"));
        EndorsementCertificateOptions options = new();
        options.RevocationLists.Add(_issuer.Revoke(Now.AddDays(-1), Now.AddDays(1), _certificate));

        foreach (TestAuthority[] known in new TestAuthority[][] { [_issuer], [again], [_issuer, again], [again, _issuer] })
        {
            new EndorsementCertificateValidator([_root.Certificate], known.Select(issuer => issuer.Certificate), options)
                .Validate(_certificate, _key.Public, [again.Certificate.RawData], Now).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);
        }
    }

    [Theory]
    [InlineData("no list")]
    [InlineData("list of the root alone")]
    [InlineData("list that has expired")]
    [InlineData("list of the future")]
    [InlineData("list of another key of the issuer's name")]
    [InlineData("list that was changed")]
    public void A32_UnknownRevocation_IsFlaggedOrRefusedAsThePolicySays(string kind)
    {
        using TestAuthority twin = _root.CreateIntermediate();
        byte[] changed = _issuer.Revoke(Now.AddDays(-1), Now.AddDays(1));
        changed[^1] ^= 1;
        byte[][] lists = kind switch
        {
            "no list" => [],
            "list of the root alone" => [GoodRootList],
            "list that has expired" => [GoodRootList, _issuer.Revoke(Now.AddDays(-2), Now.AddDays(-1))],
            "list of the future" => [GoodRootList, _issuer.Revoke(Now.AddDays(1), Now.AddDays(2))],
            "list of another key of the issuer's name" => [GoodRootList, twin.Revoke(Now.AddDays(-1), Now.AddDays(1), _certificate)],
            _ => [GoodRootList, changed],
        };

        Verdict flagged = Validate(lists);
        flagged.ShouldBeVerified();
        flagged.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Flagged);
        Validate(lists, refuseUnknown: true).ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);
    }

    [Fact]
    public void A_list_by_an_issuer_that_may_not_sign_lists_tells_nothing()
    {
        using TestAuthority issuer = _root.CreateIntermediate(details: CertificateDetails.Authority with { KeyUsage = X509KeyUsageFlags.KeyCertSign });
        EndorsementCertificateOptions options = new();
        options.RevocationLists.Add(GoodRootList);
        options.RevocationLists.Add(issuer.Revoke(Now.AddDays(-1), Now.AddDays(1)));

        new EndorsementCertificateValidator([_root.Certificate], [issuer.Certificate], options).Validate(issuer.Issue(_key), _key.Public, time: Now)
            .Verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Flagged);
    }

    [Fact]
    public void Bytes_that_are_no_list_are_a_fault_of_the_options()
    {
        EndorsementCertificateOptions options = new();
        options.RevocationLists.Add(_certificate);

        Func<object> act = () => new EndorsementCertificateValidator([_root.Certificate], options: options);

        act.Should().Throw<ArgumentException>().WithMessage("*RevocationLists*is not a certificate revocation list*");
    }

    [Fact]
    public void A_list_cut_off_or_changed_anywhere_is_read_without_an_exception_and_never_calls_a_revoked_certificate_good()
    {
        byte[] list = _issuer.Revoke(Now.AddDays(-1), Now.AddDays(1), _certificate);
        for (int position = 0; position < list.Length; position++)
        {
            RevocationList.TryParse(list.AsMemory(0, position)).Should().BeNull();
            byte[] changed = [.. list];
            changed[position] ^= (byte)(1 << (position % 8));
            if (RevocationList.TryParse(changed) is { } read && read.IsBy(_issuer.Certificate))
            {
                using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(_certificate);
                read.StatusOf(leaf, _issuer.Certificate, Now).Should().Be(RevocationStatus.Revoked, $"byte {position} is not signed");
            }
        }
    }

    private Verdict Validate(byte[][] lists, bool refuseUnknown = false)
    {
        EndorsementCertificateOptions options = new() { UnknownRevocation = refuseUnknown ? PolicyAction.Refuse : PolicyAction.Flag };
        foreach (byte[] list in lists)
        {
            options.RevocationLists.Add(list);
        }

        return new EndorsementCertificateValidator([_root.Certificate], [_issuer.Certificate], options).Validate(_certificate, _key.Public, time: Now).Verdict;
    }
}
