using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Certificates from files and folders as makers publish them.</summary>
public sealed class EndorsementTrustTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hwa-trust-").FullName;
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _issuer;

    public EndorsementTrustTests() => _issuer = _root.CreateIntermediate();

    public void Dispose()
    {
        _root.Dispose();
        _issuer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_folder_of_makers_with_roots_and_intermediates_in_every_form_is_read_recursively()
    {
        using TestAuthority other = TestAuthority.CreateRoot("CN=Other Root");
        using TestAuthority otherIssuer = other.CreateIntermediate("CN=Other Issuer");
        byte[] list = _root.Revoke(ManualTimeProvider.Start, ManualTimeProvider.Start.AddDays(1), _issuer.Certificate.RawData);
        Write("Maker/RootCA/root.cer", _root.Certificate.RawData);
        Write("Maker/IntermediateCA/issuer.crt", Text(_issuer.Certificate.ExportCertificatePem()));
        Write("Other/RootCA/root.der", other.Certificate.RawData);
        Write("Other/IntermediateCA/issuer.P7B", new X509Certificate2Collection(otherIssuer.Certificate).Export(X509ContentType.Pkcs7)!);
        Write("Maker/list.crl", list);
        Write("setup.ps1", Text("not a certificate"));
        Write("version.txt", Text("not a certificate"));

        EndorsementTrust trust = EndorsementTrust.Load(_folder);

        trust.Faults.Should().BeEmpty();
        trust.Anchors.Select(anchor => anchor.Subject).Should().BeEquivalentTo("CN=Test TPM Root", "CN=Other Root");
        trust.Intermediates.Select(issuer => issuer.Subject).Should().BeEquivalentTo("CN=Test TPM Issuer", "CN=Other Issuer");
        trust.RevocationLists.Should().ContainSingle().Which.ToArray().Should().Equal(list);
    }

    [Fact]
    public void A_bundle_may_have_anything_in_it_and_words_between()
    {
        byte[] list = _root.Revoke(ManualTimeProvider.Start, ManualTimeProvider.Start.AddDays(1));
        string bundle = $"""
            0 The maker's root
            {_root.Certificate.ExportCertificatePem()}
            The issuer, in PKCS #7
            {PemEncoding.WriteString("PKCS7", new X509Certificate2Collection(_issuer.Certificate).Export(X509ContentType.Pkcs7)!)}
            {PemEncoding.WriteString("X509 CRL", list)}
            {_root.Certificate.ExportCertificatePem()}
            """;

        EndorsementTrust trust = EndorsementTrust.Load(Write("bundle.txt", Text(bundle)));

        trust.Faults.Should().BeEmpty();
        trust.Anchors.Should().ContainSingle();
        trust.Intermediates.Should().ContainSingle();
        trust.RevocationLists.Should().ContainSingle();
    }

    [Fact]
    public void One_bad_file_of_four_hundred_is_reported_and_the_rest_are_used()
    {
        for (int i = 0; i < 399; i++)
        {
            Write($"IntermediateCA/{i}.cer", _root.Issue(_issuer.Certificate.PublicKey, CertificateDetails.Authority, $"CN=Issuer {i}"));
        }

        string bad = Write("IntermediateCA/bad.cer", _issuer.Certificate.RawData[..^10]);

        EndorsementTrust trust = EndorsementTrust.Load(_folder);

        trust.Intermediates.Should().HaveCount(399);
        trust.Faults.Should().ContainSingle().Which.Path.Should().Be(bad);
        trust.Faults[0].Reason.Should().NotBeEmpty();
    }

    [Fact]
    public void A_key_beside_its_certificate_in_a_folder_is_passed_over_and_by_itself_is_a_fault()
    {
        Write("ca/root.pem", Text(_root.Certificate.ExportCertificatePem()));
        string key = Write("ca/key.pem", Text(PemEncoding.WriteString("RSA PRIVATE KEY", [0x30, 0x00])));

        EndorsementTrust folder = EndorsementTrust.Load(_folder);

        folder.Faults.Should().BeEmpty();
        folder.Anchors.Should().ContainSingle();
        EndorsementTrust.Load(key).Faults.Should().ContainSingle().Which.Reason.Should().Contain("RSA PRIVATE KEY");
        Write("ca/other.pem", Text(PemEncoding.WriteString("X509 CRX", [0x30, 0x00])));
        EndorsementTrust.Load(_folder).Faults.Should().ContainSingle("it may be a list whose label is damaged");
    }

    public static TheoryData<string> BadFiles() =>
        ["empty", "text", "html", "truncated PEM", "PEM without its end", "private key", "PKCS #12", "broken root", "zeros", "nested"];

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void What_is_no_certificate_is_reported_with_its_reason(string kind)
    {
        using RSA rsa = TestKeys.Rsa(2048);
        string pem = _issuer.Certificate.ExportCertificatePem();
        byte[] brokenRoot = _root.Certificate.RawData;
        brokenRoot[^1] ^= 1;
        byte[] content = kind switch
        {
            "empty" => [],
            "text" => Text("hello"),
            "html" => Text("<html>404</html>"),
            "truncated PEM" => Text(pem.Replace(pem[100..110], string.Empty, StringComparison.Ordinal)),
            "PEM without its end" => Text(pem[..^30]),
            "private key" => Text(rsa.ExportPkcs8PrivateKeyPem()),
            "PKCS #12" => _issuer.Certificate.Export(X509ContentType.Pkcs12),
            "broken root" => brokenRoot,
            "zeros" => new byte[1000],
            _ => [.. Enumerable.Repeat<byte[]>([0x30, 0x80], 1000).SelectMany(bytes => bytes)],
        };
        string path = Write("file.cer", content);

        EndorsementTrust trust = EndorsementTrust.Load(path);

        trust.Anchors.Should().BeEmpty();
        trust.Intermediates.Should().BeEmpty();
        trust.Faults.Should().Contain(fault => fault.Path == path && fault.Reason.Length > 0);
    }

    [Fact]
    public void A_file_of_more_than_16_MiB_is_reported_and_not_read()
    {
        string path = Write("large.cer", []);
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength((16 * 1024 * 1024) + 1);
        }

        EndorsementTrust.Load(path).Faults.Should().ContainSingle().Which.Reason.Should().Contain("16 MiB");
    }

    [Fact]
    public void A_path_that_is_not_there_is_an_error()
    {
        Func<object> act = () => EndorsementTrust.Load(Path.Combine(_folder, "nothing"));

        act.Should().Throw<FileNotFoundException>().WithMessage("*neither a file nor a folder*");
    }

    [Fact]
    public void What_was_read_is_what_a_verifier_trusts()
    {
        Write("root.pem", Text(_root.Certificate.ExportCertificatePem()));
        Write("issuer.pem", Text(_issuer.Certificate.ExportCertificatePem()));
        Write("list.crl", _root.Revoke(ManualTimeProvider.Start, ManualTimeProvider.Start.AddDays(1)));
        AttestationVerifierOptions options = new();

        options.AddTrust(EndorsementTrust.Load(_folder));

        options.FindFaults().Should().BeEmpty();
        options.TrustAnchors.Should().ContainSingle();
        options.Intermediates.Should().ContainSingle();
        options.EndorsementCertificates.RevocationLists.Should().ContainSingle();
    }

    [Fact]
    public void A_verifier_does_not_start_without_what_could_not_be_read_and_names_each_file()
    {
        byte[] list = _root.Revoke(ManualTimeProvider.Start, ManualTimeProvider.Start.AddDays(1), _issuer.Certificate.RawData);
        Write("root.pem", Text(_root.Certificate.ExportCertificatePem()));
        string damaged = Write("list.crl", list[..^1]);
        string notFound = Write("issuer.crt", Text("<html>404</html>"));
        EndorsementTrust trust = EndorsementTrust.Load(_folder);
        AttestationVerifierOptions options = new();

        options.AddTrust(trust);

        options.FindFaults().Should().HaveCount(2);
        FluentActions.Invoking(() => new AttestationVerifier(options))
            .Should().Throw<ArgumentException>().Which.Message.Should().ContainAll(damaged, notFound, trust.Faults[0].Reason, "ignoreFaults");
    }

    [Fact]
    public void What_could_not_be_read_can_be_ignored()
    {
        Write("root.pem", Text(_root.Certificate.ExportCertificatePem()));
        Write("issuer.crt", Text("<html>404</html>"));
        AttestationVerifierOptions options = new();

        options.AddTrust(EndorsementTrust.Load(_folder), ignoreFaults: true);

        options.FindFaults().Should().BeEmpty();
        options.TrustAnchors.Should().ContainSingle();
    }

    [Fact]
    public void What_is_in_no_file_is_read_likewise()
    {
        byte[] list = _root.Revoke(ManualTimeProvider.Start, ManualTimeProvider.Start.AddDays(1));
        string bundle = $"{_root.Certificate.ExportCertificatePem()}\n{_issuer.Certificate.ExportCertificatePem()}\n{PemEncoding.WriteString("X509 CRL", list)}";

        EndorsementTrust trust = EndorsementTrust.Parse("the secret", Text(bundle));

        trust.Faults.Should().BeEmpty();
        trust.Anchors.Should().ContainSingle().Which.RawData.Should().Equal(_root.Certificate.RawData);
        trust.Intermediates.Should().ContainSingle().Which.RawData.Should().Equal(_issuer.Certificate.RawData);
        trust.RevocationLists.Should().ContainSingle().Which.ToArray().Should().Equal(list);
        EndorsementTrust.Parse("der", _root.Certificate.RawData).Anchors.Should().ContainSingle();
    }

    [Fact]
    public void What_is_in_no_file_and_cannot_be_read_is_a_fault_with_its_name()
    {
        EndorsementTrust.Parse("the secret", []).Faults.Should().ContainSingle().Which.Path.Should().Be("the secret");
        EndorsementTrust.Parse("the secret", Text(_root.Certificate.ExportCertificatePem()[..^30])).Faults.Should().ContainSingle().Which.Path.Should().Be("the secret");
    }

    private static byte[] Text(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }
}
