using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Agent;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Fleet.Tests.Agent;

/// <summary>The agent and a server with TLS, whose certificate is of an authority that the system does not know.</summary>
public sealed class ServerTlsTests : IAsyncLifetime
{
    private readonly string _folder = ProcessFolder.CreateFolder("tls");
    private FleetServerProcess _server = null!;

    private string AuthorityFile => Path.Combine(_folder, "authority.pem");

    private string OtherAuthorityFile => Path.Combine(_folder, "other.pem");

    public async Task InitializeAsync()
    {
        using X509Certificate2 other = CreateAuthority();
        await File.WriteAllTextAsync(OtherAuthorityFile, other.ExportCertificatePem());
        using X509Certificate2 authority = CreateAuthority();
        await File.WriteAllTextAsync(AuthorityFile, authority.ExportCertificatePem());

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=fleet-server", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using X509Certificate2 certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, [1]);
        string certificateFile = Path.Combine(_folder, "server.pem");
        string keyFile = Path.Combine(_folder, "server.key");
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        _server = await FleetServerProcess.StartAsync(
            arguments:
            [
                "--urls=https://127.0.0.1:0", $"--Kestrel:Certificates:Default:Path={certificateFile}", $"--Kestrel:Certificates:Default:KeyPath={keyFile}",
            ]);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_server_is_trusted_through_the_authority_that_was_named_and_no_other()
    {
        (await AskAsync(AuthorityFile, _server.Address)).Should().BeNull("the server has answered that it knows no such node");
        (await AskAsync(OtherAuthorityFile, _server.Address))!.Reason.Should().Contain("certificate");
        (await AskAsync(null, _server.Address))!.Reason.Should().Contain("certificate");
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_not_taken_for_the_servers()
    {
        (await AskAsync(AuthorityFile, new UriBuilder(_server.Address) { Host = "localhost" }.Uri))!.Reason.Should().Contain("certificate");
    }

    private static X509Certificate2 CreateAuthority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    private static async Task<ServerFailed?> AskAsync(string? authorityFile, Uri address)
    {
        AgentOptions options = new() { Server = address, Node = "rack1", StateFolder = "unused", AuthorityFile = authorityFile };
        using HttpClient http = ServerHttp.Create(options);
        try
        {
            (await new ServerConnection(http, TimeProvider.System).GetChallengeAsync("rack1", CancellationToken.None)).Should().BeNull();
            return null;
        }
        catch (RoundEndedException ended)
        {
            return ended.Outcome.Should().BeOfType<ServerFailed>().Which;
        }
    }
}
