using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

public sealed partial class VendorRootsTests
{
    private static readonly X509Certificate2[] All = [.. VendorRoots.Trust.Anchors, .. VendorRoots.Trust.Intermediates];

    [Fact]
    public void The_documentation_lists_every_vendor_root_with_its_fingerprint_and_no_other()
    {
        string[] documented =
        [
            .. File.ReadLines(Repository.Find("docs/vendor-roots.md"))
                .Select(line => Row().Match(line))
                .Where(match => match.Success)
                .Select(match => string.Join(' ', match.Groups["name"].Value, match.Groups["kind"].Value, match.Groups["end"].Value, match.Groups["sha256"].Value)),
        ];

        documented.Should().BeEquivalentTo(All.Select(certificate => string.Join(
            ' ',
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            VendorRoots.Trust.Anchors.Contains(certificate) ? "root" : "issuer",
            certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256)))));
    }

    [Fact]
    public void Every_vendor_root_can_be_read() => VendorRoots.Trust.Faults.Should().BeEmpty();

    [Fact]
    public void No_vendor_root_has_a_key_that_is_weak()
    {
        All.Should().HaveCount(24);
        All.Select(CertifiedKey.Read).Should().OnlyContain(key => !key.IsTooShort && !(key is CertifiedRsaKey && ((CertifiedRsaKey)key).IsRoca));
    }

    [Fact]
    public void Every_vendor_root_is_an_authority_that_the_chain_builder_accepts()
    {
        foreach (X509Certificate2 anchor in VendorRoots.Trust.Anchors)
        {
            AuthorityPath.FindFault(new EndorsementPath([], anchor), ManualTimeProvider.Start).Should().BeNull(anchor.Subject);
        }

        foreach (X509Certificate2 issuer in VendorRoots.Trust.Intermediates)
        {
            VendorRoots.Trust.Anchors
                .Where(anchor => EndorsementPaths.Issued(anchor, issuer))
                .Select(anchor => AuthorityPath.FindFault(new EndorsementPath([issuer], anchor), ManualTimeProvider.Start))
                .Should().ContainSingle(issuer.Subject).Which.Should().BeNull();
        }
    }

    [Fact]
    public void Vendor_roots_are_trusted_only_when_asked_for()
    {
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Should().BeEmpty();

        options.UseVendorRoots();

        options.FindFaults().Should().BeEmpty();
        options.TrustAnchors.Should().HaveCount(VendorRoots.Trust.Anchors.Count);
    }

    [GeneratedRegex(@"^\| [^|]+ \| (?<name>[^|]+) \| (?<kind>root|issuer) \| (?<end>[0-9-]+) \| `(?<sha256>[0-9a-f]{64})` \|")]
    private static partial Regex Row();
}
