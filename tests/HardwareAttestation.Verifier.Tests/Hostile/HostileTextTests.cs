using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>Verdicts go to logs and terminals, and may name what an attacker chose.</summary>
public sealed class HostileTextTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData("\r\ninfo: Node rack1-node7 attested itself", "\\u000D\\u000Ainfo")]
    [InlineData("\u001b[2Jx", "\\u001B[2J")]
    [InlineData("\u202Edeifirev", "\\u202E")]
    [InlineData("\u2028x", "\\u2028")]
    [InlineData("\u0085x", "\\u0085")]
    public void A_certificate_whose_names_would_write_log_lines_of_their_own_is_refused_on_one_line(string name, string written)
    {
        Verdict verdict = Refuse($"CN=\"a{name}\"");

        string text = verdict.ToString();
        text.Should().Contain(written);
        text.Should().NotContainAny("\r", "\n", "\u001b", "\u202E", "\u2028", "\u0085");
        verdict.Findings.Should().OnlyContain(finding => finding.Detail.All(character => character >= ' '));
    }

    [Fact]
    public void A_certificate_with_long_names_is_refused_with_a_short_sentence_that_ends_with_its_reason()
    {
        Verdict verdict = Refuse("CN=" + new string('a', 7000));

        verdict.ToString().Length.Should().BeLessThan(1024);
        verdict.Refusals.Single().Detail.Should().EndWith("that is known here: if the TPM's maker has such an issuer, add its certificate from the maker to the intermediates, and the root above it to the trust anchors.");
    }

    [Fact]
    public void Names_of_any_language_stay_as_they_are() => Refuse("CN=Größe 測試 Ж").ToString().Should().Contain("CN=Größe 測試 Ж");

    private Verdict Refuse(string name)
    {
        using TestAuthority stranger = TestAuthority.CreateRoot(name);
        byte[] certificate = stranger.Issue(_key.CertifiedKey, subject: name);
        Verdict verdict = new EndorsementCertificateValidator([_root.Certificate]).Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict;
        verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        return verdict;
    }
}
