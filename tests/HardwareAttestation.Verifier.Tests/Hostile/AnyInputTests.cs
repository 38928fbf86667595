using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>
/// Any bytes at each entry point that hostile bytes reach by themselves: a verdict, or the exception that the documentation names; and memory in proportion to what came in.
/// </summary>
public sealed class AnyInputTests : IDisposable
{
    private static readonly Config Checked = Config.QuickThrowOnFailure.WithMaxTest(300);
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareTpm _tpm;
    private readonly byte[] _certificate;
    private readonly byte[] _list;

    public AnyInputTests()
    {
        SoftwareEndorsementKey key = SoftwareEndorsementKey.Ecc();
        _certificate = _root.Issue(key);
        _tpm = new SoftwareTpm(key, _certificate, SoftwareKey.Create());
        _list = _root.Revoke(ManualTimeProvider.Start.AddDays(-1), ManualTimeProvider.Start.AddDays(1), _root.Issue(key));
    }

    public void Dispose()
    {
        _tpm.Dispose();
        _root.Dispose();
    }

    [Fact]
    public void Any_signature_over_any_data_is_refused() => Prop.ForAll(
        Gen.OneOf(HostileBytes.Any, HostileBytes.Long, HostileBytes.Near(_tpm.AttestationKey.Sign([1, 2, 3]))).ToArbitrary(),
        Gen.OneOf(HostileBytes.Any, HostileBytes.Long).ToArbitrary(),
        (signature, data) => BoundedMemory.IsKept(signature.Length + data.Length, () =>
        {
            EvidenceVerifier.VerifySignature(_tpm.AttestationKey.Public, data, signature).IsVerified.Should().BeFalse();
            EvidenceVerifier.VerifyApplicationSignature(_tpm.AttestationKey.Public, data, signature).IsVerified.Should().BeFalse();
        })).Check(Checked);

    [Fact]
    public void Any_public_area_that_can_be_read_gets_a_verdict() => Prop.ForAll(
        Gen.OneOf(HostileBytes.Any, HostileBytes.Near(PublicAreas())).ToArbitrary(),
        bytes => BoundedMemory.IsKept(bytes.Length, () =>
        {
            try
            {
                TpmtPublic key = TpmWire.ParseSized<TpmtPublic>(bytes);
                EvidenceVerifier.VerifyAttestationKey(key).Findings.Should().NotBeEmpty();
                EvidenceVerifier.VerifySignature(key, [1], [0, 0x18, 0, 0x0B, 0, 1, 1, 0, 1, 1]).IsVerified.Should().BeFalse();
            }
            catch (TpmFormatException)
            {
                // No public area.
            }
        })).Check(Checked);

    [Theory]
    [InlineData(0x8014)]
    [InlineData(0x8017)]
    [InlineData(0x8018)]
    [InlineData(0x8019)]
    public void Any_attestation_takes_bounded_memory(int type)
    {
        byte[] right = new ForgedQuote { Type = (ushort)type, Nonce = [1], Body = AttestedBodies.Of(type) }.ToArray();
        SoftwareKey key = _tpm.AttestationKey;
        Prop.ForAll(
            Gen.OneOf(HostileBytes.Any, HostileBytes.Long, HostileBytes.Near(right)).ToArbitrary(),
            attest =>
            {
                byte[] signature = key.Sign(attest);
                return BoundedMemory.IsKept(attest.Length + signature.Length, () => Verify(type, key.Public, attest, signature).Findings.Should().NotBeEmpty());
            }).Check(Checked);
    }

    [Fact]
    public void Any_certificate_with_any_issuers_gets_a_verdict()
    {
        EndorsementCertificateOptions options = new();
        options.RevocationLists.Add(_list);
        EndorsementCertificateValidator validator = new([_root.Certificate], options: options);
        validator.Validate(_certificate, _tpm.EndorsementKey.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
        Prop.ForAll(
            Gen.OneOf(HostileBytes.Any, HostileBytes.Asn1, HostileBytes.Long, HostileBytes.Near(_certificate, _root.Certificate.RawData)).ToArbitrary(),
            Gen.OneOf(HostileBytes.Any, HostileBytes.Asn1, HostileBytes.Near(_certificate, _root.Certificate.RawData)).ListOf().ToArbitrary(),
            (certificate, issuers) => BoundedMemory.IsKept(certificate.Length + issuers.Sum(issuer => issuer.Length), () =>
            {
                Verdict verdict = validator.Validate(
                    certificate, _tpm.EndorsementKey.Public, [.. issuers.Select(issuer => (ReadOnlyMemory<byte>)issuer)], ManualTimeProvider.Start).Verdict;
                verdict.IsVerified.Should().Be(certificate.AsSpan().SequenceEqual(_certificate) && issuers.Count <= EnrollmentRequest.MaximumChainLength, verdict.ToString());
            })).Check(Checked);
    }

    [Fact]
    public void Any_bytes_are_a_revocation_list_or_none() => Prop.ForAll(
        Gen.OneOf(HostileBytes.Any, HostileBytes.Asn1, HostileBytes.Long, HostileBytes.Near(_list)).ToArbitrary(),
        bytes => BoundedMemory.IsKept(bytes.Length, () =>
        {
            if (RevocationList.TryParse(bytes) is { } list)
            {
                _ = list.IsFor(_root.Certificate) && list.IsBy(_root.Certificate);
                list.StatusOf(_root.Certificate, _root.Certificate, ManualTimeProvider.Start).Should().BeDefined();
            }
        })).Check(Checked);

    [Fact]
    public void Any_files_are_read_or_reported()
    {
        string folder = Directory.CreateTempSubdirectory("hwa-").FullName;
        try
        {
            byte[] pem = System.Text.Encoding.ASCII.GetBytes(_root.Certificate.ExportCertificatePem());
            byte[] pkcs7 = new X509Certificate2Collection(_root.Certificate).Export(X509ContentType.Pkcs7)!;
            byte[][] right = [_certificate, _root.Certificate.RawData, _list, pem, pkcs7, [.. pem, .. pem]];
            Prop.ForAll(
                Gen.OneOf(HostileBytes.Any, HostileBytes.Asn1, HostileBytes.Long, HostileBytes.Near(right)).ToArbitrary(),
                content =>
                {
                    string file = Path.Combine(folder, "any.pem");
                    File.WriteAllBytes(file, content);
                    return BoundedMemory.IsKept(content.Length, () =>
                    {
                        EndorsementTrust trust = EndorsementTrust.Load(folder);
                        (trust.Anchors.Count + trust.Intermediates.Count + trust.RevocationLists.Count + trust.Faults.Count).Should().BePositive("nothing is passed over in silence");
                    });
                }).Check(Checked);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private byte[][] PublicAreas()
    {
        using SoftwareKey rsa = SoftwareKey.Create("rsapss");
        return [_tpm.AttestationKey.Public.EncodeSized(), _tpm.EndorsementKey.Public.EncodeSized(), rsa.Public.EncodeSized()];
    }

    private static Verdict Verify(int type, TpmtPublic key, byte[] attest, byte[] signature) => type switch
    {
        0x8014 => EvidenceVerifier.VerifyNVCertify(
            new NVCertifyExpectation { AttestationKey = key, Nonce = new byte[] { 1 }, NVPublic = new(default, TpmAlgId.Sha256, TpmaNV.Written, [], 3) }, attest, signature).Verdict,
        0x8017 => EvidenceVerifier.VerifyCertify(
            new CertifyExpectation { AttestationKey = key, Nonce = new byte[] { 1 }, Usage = ApplicationKeyUsage.Sign }, attest, attest, signature).Verdict,
        0x8018 => EvidenceVerifier.VerifyQuote(
            new QuoteExpectation { AttestationKey = key, Nonce = new byte[] { 1 }, PcrSelection = ForgedQuote.UsualSelection }, attest, signature, []).Verdict,
        _ => EvidenceVerifier.VerifyTime(new TimeExpectation { AttestationKey = key, Nonce = new byte[] { 1 } }, attest, signature).Verdict,
    };
}
