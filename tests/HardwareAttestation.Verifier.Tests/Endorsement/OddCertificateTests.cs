using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Certificates as makers really issued them, which the platform refuses, or about which it says nothing.</summary>
public sealed class OddCertificateTests : IDisposable
{
    private const string RsaesOaep = "1.2.840.113549.1.1.7";
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _issuer;
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Rsa();

    public OddCertificateTests() => _issuer = _root.CreateIntermediate();

    public void Dispose()
    {
        _root.Dispose();
        _issuer.Dispose();
        _key.Dispose();
    }

    // RSAES-OAEP-params (RFC 4055, section 4.1) with every default; NULL; and none at all.
    [Theory]
    [InlineData("3000")]
    [InlineData("0500")]
    public void A35_KeyWithTheIdentifierOfRsaesOaep_IsVerifiedAllTheSame(string parameters)
    {
        byte[] certificate = _issuer.Issue(WithOaep(_key.CertifiedKey, parameters));

        EndorsementCertificateResult result = Validator().Validate(certificate, _key.Public, time: ManualTimeProvider.Start);

        result.Verdict.ShouldBeVerified();
        result.Subjects().Should().Equal("", "CN=Test TPM Issuer", "CN=Test TPM Root");
    }

    [Fact]
    public void A35_KeyWithTheIdentifierOfRsaesOaep_IsJudgedLikeAnyOther()
    {
        using TestAuthority twin = _root.CreateIntermediate();
        using SoftwareEndorsementKey other = SoftwareEndorsementKey.Rsa(index: 1);
        using RSA weak = TestKeys.Rsa(1024);
        using RSA roca = RocaKey.Create();
        PublicKey key = WithOaep(_key.CertifiedKey, "3000");
        byte[] changed = _issuer.Issue(key);
        changed[^1] ^= 1;

        Verdict(twin.Issue(key)).ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Verdict(changed).ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Verdict(_issuer.Issue(key, CertificateDetails.EndorsementKey with { NotAfter = ManualTimeProvider.Start.AddDays(-1) }))
            .ShouldBeRefusedBy(CheckIds.EkCertificateValidity);
        Verdict(_issuer.Issue(key, CertificateDetails.EndorsementKey with { ExtendedKeyUsages = [] })).ShouldBeRefusedBy(CheckIds.EkCertificateUsage);
        Verdict(_issuer.Issue(WithOaep(other.CertifiedKey, "3000"))).ShouldBeRefusedBy(CheckIds.EkCertificateKey);
        Validator().Validate(_issuer.Issue(WithOaep(new PublicKey(weak), "3000")), null, time: ManualTimeProvider.Start)
            .Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
        Validator().Validate(_issuer.Issue(WithOaep(new PublicKey(roca), "3000")), null, time: ManualTimeProvider.Start)
            .Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateWeakKey);
    }

    [Fact]
    public void A37_AuthorityWithTheIdentifierOfRsaesOaep_IsRefusedClearly()
    {
        using RSA rsa = TestKeys.Rsa(2048);
        using TestAuthority issuer = _root.CreateIntermediate(key: TestKeys.Rsa(2048));
        using TestAuthority odd = issuer.With(_root.Issue(WithOaep(new PublicKey(rsa), "3000"), CertificateDetails.Authority, "CN=Test TPM Issuer"));

        Validator(odd).Validate(odd.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    // Nuvoton's names have their three attributes in one SET, in the order CN, O, C, which DER does not allow.
    [Fact]
    public void A37_UnsortedSetsInTheNamesOfAuthorities_AreRead()
    {
        byte[] rootName = TpmNames.Name([("2.5.4.3", "Unsorted Root"), ("2.5.4.10", "Maker"), ("2.5.4.6", "TW")]);
        byte[] issuerName = TpmNames.Name([("2.5.4.3", "Unsorted Issuer"), ("2.5.4.10", "Maker"), ("2.5.4.6", "TW")]);
        using TestAuthority template = TestAuthority.CreateRoot("CN=Placeholder Root", CertificateDetails.Authority with { HasKeyIdentifiers = false });
        using TestAuthority root = template.With(RawCertificate.Rename(template.Certificate.RawData, rootName, rootName, template));
        using TestAuthority template2 = root.CreateIntermediate("CN=Placeholder Issuer", CertificateDetails.Authority with { HasKeyIdentifiers = false });
        using TestAuthority issuer = template2.With(RawCertificate.Rename(template2.Certificate.RawData, rootName, issuerName, root));
        byte[] leaf = RawCertificate.Rename(
            issuer.Issue(_key, CertificateDetails.EndorsementKey with { HasKeyIdentifiers = false }), issuerName, TpmNames.Name([("2.5.4.3", "Z"), ("2.5.4.6", "TW")]), issuer);

        EndorsementCertificateResult result = new EndorsementCertificateValidator([root.Certificate], [issuer.Certificate])
            .Validate(leaf, _key.Public, time: ManualTimeProvider.Start);

        result.Verdict.ShouldBeVerified();
        result.Chain.Should().HaveCount(3);
    }

    // The header of the TCG's PC client specification for TPM 1.2: tag 0x1001, full certificate, length.
    [Fact]
    public void A37_HeaderOfStoredCertificates_IsRefusedClearly()
    {
        byte[] certificate = _issuer.Issue(_key);
        byte[] withHeader = [0x10, 0x01, 0x00, (byte)((certificate.Length + 2) >> 8), (byte)(certificate.Length + 2), 0x10, 0x02, .. certificate];

        Verdict(withHeader).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
    }

    [Fact]
    public void A28_TwoEncodingsOfOneRoot_BothLeadToIt()
    {
        using TestAuthority again = _root.With(_root.Issue(_root.Certificate.PublicKey, CertificateDetails.Authority with
        {
            NotBefore = new(2021, 1, 1, 0, 0, 0, TimeSpan.Zero),
        }, "CN=Test TPM Root"));
        byte[] certificate = _issuer.Issue(_key);

        foreach ((TestAuthority anchor, TestAuthority other) in new[] { (_root, again), (again, _root) })
        {
            new EndorsementCertificateValidator([anchor.Certificate], [other.Certificate, _issuer.Certificate])
                .Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
            new EndorsementCertificateValidator([anchor.Certificate, other.Certificate], [_issuer.Certificate])
                .Validate(certificate, _key.Public, [other.Certificate.RawData], ManualTimeProvider.Start).Verdict.ShouldBeVerified();
        }
    }

    [Fact]
    public void A28_RootIsTrustedByItsKey_InWhicheverCertificateItComes()
    {
        using TestAuthority again = _root.With(_root.Issue(_root.Certificate.PublicKey, CertificateDetails.Authority, "CN=Test TPM Root"));
        using TestAuthority twin = TestAuthority.CreateRoot();
        using TestAuthority twinIssuer = twin.CreateIntermediate();
        EndorsementCertificateOptions options = new();
        options.AnchorKeyFingerprints.Add(Convert.ToHexString(SHA256.HashData(_root.Certificate.PublicKey.ExportSubjectPublicKeyInfo())));
        EndorsementCertificateValidator byKey = new([], [_issuer.Certificate, twinIssuer.Certificate], options);
        byte[] certificate = _issuer.Issue(_key);

        byKey.Validate(certificate, _key.Public, [again.Certificate.RawData], ManualTimeProvider.Start).Verdict.ShouldBeVerified();
        new EndorsementCertificateValidator([], [_root.Certificate, _issuer.Certificate], options)
            .Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
        byKey.Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        byKey.Validate(twinIssuer.Issue(_key), _key.Public, [twin.Certificate.RawData], ManualTimeProvider.Start)
            .Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    // The key is public, so anybody can put it in a certificate: with later dates, or without the limits that the root has.
    [Fact]
    public void A28_CertificateWithATrustedKeyThatTheKeyDidNotSign_IsNoAnchor()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] forged = _root.Issue(
            _root.Certificate.PublicKey, CertificateDetails.Authority, "CN=Test TPM Root", TestAuthority.GeneratorOf(other));
        EndorsementCertificateOptions options = new();
        options.AnchorKeyFingerprints.Add(Convert.ToHexString(SHA256.HashData(_root.Certificate.PublicKey.ExportSubjectPublicKeyInfo())));
        EndorsementCertificateValidator byKey = new([], [_issuer.Certificate], options);

        byKey.Validate(_issuer.Issue(_key), _key.Public, [forged], ManualTimeProvider.Start).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A27_PathLengthOfTheRootExceeded_IsRefused()
    {
        using TestAuthority root = TestAuthority.CreateRoot(details: CertificateDetails.Authority with { PathLength = 0 });
        using TestAuthority issuer = root.CreateIntermediate();
        EndorsementCertificateValidator validator = new([root.Certificate], [issuer.Certificate]);

        validator.Validate(issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        validator.Validate(root.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
    }

    // nameConstraints, permitting the names below "CN=Allowed" alone.
    [Fact]
    public void A27_AuthorityThatConstrainsNames_IsRefused()
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4)))
        {
            writer.WriteEncodedValue(new X500DistinguishedName("CN=Allowed").RawData);
        }

        using TestAuthority issuer = _root.CreateIntermediate(
            details: CertificateDetails.Authority with { OtherExtensions = [new X509Extension("2.5.29.30", writer.Encode(), critical: true)] });

        Validator(issuer).Validate(issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    // serverAuth; then with the use of an endorsement key's certificate, and with any use.
    [Theory]
    [InlineData(false, "1.3.6.1.5.5.7.3.1")]
    [InlineData(true, "1.3.6.1.5.5.7.3.1", CertificateDetails.EndorsementKeyUsage)]
    [InlineData(true, "2.5.29.37.0")]
    public void A27_IssuerOfCertificatesForOtherUses_IsRefused(bool isRight, params string[] usages)
    {
        CertificateDetails details = CertificateDetails.Authority with { ExtendedKeyUsages = usages };
        using TestAuthority issuer = _root.CreateIntermediate(details: details);
        using TestAuthority root = TestAuthority.CreateRoot(details: details);

        Verdict verdict = Validator(issuer).Validate(issuer.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict;

        verdict.IsVerified.Should().Be(isRight, verdict.ToString());
        verdict.OutcomeOf(CheckIds.EkCertificateChain).Should().Be(isRight ? FindingOutcome.Passed : FindingOutcome.Refused);
        new EndorsementCertificateValidator([root.Certificate]).Validate(root.Issue(_key), _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A_critical_extension_that_is_not_understood_is_refused_and_one_that_is_not_critical_is_not()
    {
        Verdict(_issuer.Issue(_key, CertificateDetails.EndorsementKey with { OtherExtensions = [new X509Extension("1.2.3.4", [5, 0], critical: true)] }))
            .ShouldBeRefusedBy(CheckIds.EkCertificateForm);
        Verdict(_issuer.Issue(_key, CertificateDetails.EndorsementKey with { OtherExtensions = [new X509Extension("1.2.3.4", [5, 0], critical: false)] }))
            .ShouldBeVerified();
    }

    [Theory]
    [InlineData("259999000000Z", "491231235959Z")]
    [InlineData("200101000000Z", "499999000000Z")]
    [InlineData("", "491231235959Z")]
    public void A23_DateThatNoCalendarHas_IsRefused(string notBefore, string notAfter)
    {
        byte[] right = _issuer.Issue(_key);

        Verdict(RawCertificate.Redate(right, "200101000000Z", "491231235959Z", _issuer)).ShouldBeVerified();
        Verdict(RawCertificate.Redate(right, notBefore, notAfter, _issuer)).Refusals.Select(finding => finding.Check)
            .Should().ContainSingle().Which.Should().BeOneOf(CheckIds.EkCertificateValidity, CheckIds.EkCertificateForm);
    }

    [Fact]
    public void A26_CertificateWhoseSignedPartNamesAnotherAlgorithm_IsRefused()
    {
        byte[] right = _issuer.Issue(_key);
        using RSA rsa = TestKeys.Rsa(2048);
        byte[] other = TestAuthority.GeneratorOf(rsa).GetSignatureAlgorithmIdentifier(HashAlgorithmName.SHA256);

        Verdict(RawCertificate.Mislabel(right, _issuer.SignatureAlgorithm(), _issuer)).ShouldBeVerified();
        Verdict(RawCertificate.Mislabel(right, other, _issuer)).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
    }

    // A reader that passes over the last bits would take this for the same signature.
    [Fact]
    public void A37_SignatureThatIsNotOfWholeBytes_IsRefused()
    {
        byte[] certificate;
        do
        {
            certificate = _issuer.Issue(_key);
        }
        while ((certificate[^1] & 1) != 0);

        AsnReader fields = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence();
        fields.ReadEncodedValue();
        fields.ReadEncodedValue();
        int signatureSize = fields.ReadBitString(out _).Length;
        certificate[^(signatureSize + 1)].Should().Be(0, "there are the unused bits");
        Verdict(certificate).ShouldBeVerified();
        certificate[^(signatureSize + 1)] = 1;

        Verdict(certificate).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
    }

    // Whichever of the two is asked, the other may say something else.
    [Fact]
    public void A24_CertificateWithAnExtensionTwice_IsRefused()
    {
        byte[] signing = _issuer.Issue(_key, CertificateDetails.EndorsementKey with { ExtendedKeyUsages = [CertificateDetails.AttestationKeyUsage] });
        X509Extension usage = new X509EnhancedKeyUsageExtension([new Oid(CertificateDetails.EndorsementKeyUsage)], critical: false);

        Verdict(RawCertificate.Append(signing, usage, _issuer)).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
        Verdict(RawCertificate.Append(_issuer.Issue(_key), usage, _issuer)).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
    }

    private static PublicKey WithOaep(PublicKey key, string parameters) =>
        new(new Oid(RsaesOaep), new AsnEncodedData(Convert.FromHexString(parameters)), key.EncodedKeyValue);

    private EndorsementCertificateValidator Validator(TestAuthority? issuer = null) => new([_root.Certificate], [(issuer ?? _issuer).Certificate]);

    private Verdict Verdict(byte[] certificate) => Validator().Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict;
}
