using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Addresses in certificates are an attacker's to choose.</summary>
public sealed class NothingIsFetchedTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();

    public NothingIsFetchedTests() => _listener.Start();

    public void Dispose()
    {
        _listener.Dispose();
        _root.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task A33_AddressesOfIssuersAndRevocationLists_AreNotAsked()
    {
        string address = $"http://{_listener.LocalEndpoint}/";
        X509Extension[] addresses =
        [
            new X509AuthorityInformationAccessExtension([address], [address]),
            CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([address]),
        ];
        using TestAuthority issuer = _root.CreateIntermediate(details: CertificateDetails.Authority with { OtherExtensions = addresses });
        byte[] certificate = issuer.Issue(_key, CertificateDetails.EndorsementKey with { OtherExtensions = addresses });

        await ValidateAsync(new([_root.Certificate], [issuer.Certificate]), verdict => verdict.ShouldBeVerified());
        await ValidateAsync(
            new([_root.Certificate], options: new() { UnknownRevocation = PolicyAction.Refuse }), verdict => verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain));
        await ValidateAsync(
            new([_root.Certificate], [issuer.Certificate], new() { UnknownRevocation = PolicyAction.Refuse }),
            verdict => verdict.ShouldBeRefusedBy(CheckIds.EkCertificateRevocation));

        _listener.Pending().Should().BeFalse("nobody has connected");

        async Task ValidateAsync(EndorsementCertificateValidator validator, Action<Verdict> judge)
        {
            judge(validator.Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict);
            judge((await validator.ValidateAsync(certificate, _key.Public, time: ManualTimeProvider.Start)).Verdict);
        }
    }
}
