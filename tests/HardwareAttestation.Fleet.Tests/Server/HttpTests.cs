using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>What the server is to any client of HTTP: its description, its headers, its page, TLS.</summary>
public sealed class HttpTests
{
    [Fact]
    public async Task The_OpenAPI_document_lists_every_route_with_what_it_takes_gives_and_refuses_with()
    {
        await using TestServer server = await TestServer.StartAsync();

        Answer answer = await Answer.GetAsync(server.Anybody, "/openapi/v1.json");

        answer.ShouldBe(HttpStatusCode.OK);
        IEnumerable<string> routes =
            from path in answer.Json.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            let responses = operation.Value.GetProperty("responses").EnumerateObject().Select(response => response.Name)
            select $"{operation.Name} {path.Name} {(operation.Value.TryGetProperty("security", out _) ? "token " : string.Empty)}{(operation.Value.TryGetProperty("requestBody", out _) ? "body " : string.Empty)}{string.Join(' ', responses)}";
        routes.Should().BeEquivalentTo(
            "post /v1/enrollments body 200 400 403 413 415 429 503",
            "post /v1/enrollments/complete body 200 400 403 413 415 429 503",
            "post /v1/challenges body 200 400 403 404 413 415 429 503",
            "post /v1/evidence body 200 400 403 413 415 429 503",
            "get /v1/fleet token 200 401 429 503",
            "get /v1/devices token 200 400 401 429 503",
            "get /v1/devices/{node} token 200 401 404 429 503",
            "delete /v1/devices/{node} token 204 400 401 404 409 429 503",
            "get /v1/devices/{node}/boots token 200 400 401 429 503",
            "get /v1/devices/{node}/refusals token 200 400 401 429 503",
            "get /v1/refusals token 200 400 401 429 503",
            "post /v1/devices/{node}/retire token body 200 400 401 404 409 429 503",
            "post /v1/devices/{node}/reinstate token 200 400 401 404 409 429 503",
            "post /v1/devices/{node}/revoke token body 200 400 401 404 409 429 503",
            "post /v1/devices/{node}/allow-reenrollment token body 200 400 401 404 409 429 503",
            "post /v1/devices/{node}/allow-replacement token body 200 400 401 404 409 429 503",
            "post /v1/devices/{node}/withdraw-grant token 200 400 401 404 409 429 503",
            "get /health/live 200",
            "get /health/ready 200 503");
        answer.Json.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Name)
            .Should().Contain("EnrollmentRequest").And.Contain("AttestationEvidence").And.Contain("Problem").And.Contain("DeviceDetails");
    }

    [Fact]
    public async Task Every_answer_tells_browsers_to_load_nothing_from_elsewhere_and_to_keep_nothing()
    {
        await using TestServer server = await TestServer.StartAsync();
        foreach (Answer answer in new[]
        {
            await Answer.GetAsync(server.Anybody, "/health/live"), await Answer.GetAsync(server.Anybody, "/v1/fleet"),
            await Answer.GetAsync(server.Operator, "/v1/fleet"), await Answer.GetAsync(server.Anybody, "/nothing"), await Answer.PostAsync(server.Anybody, "/v1/evidence", "{"),
        })
        {
            answer.Headers.GetValues("Content-Security-Policy").Should().ContainSingle(policy => policy.StartsWith("default-src 'none'; script-src 'self';", StringComparison.Ordinal));
            answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
            answer.Headers.GetValues("X-Frame-Options").Should().Equal("DENY");
            answer.Headers.CacheControl!.NoStore.Should().BeTrue();
            answer.Headers.Contains("Server").Should().BeFalse();
        }
    }

    [Fact]
    public async Task TLS_is_a_matter_of_configuration()
    {
        string folder = Directory.CreateTempSubdirectory("fleet-tls-").FullName;
        try
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new("CN=fleet.example", key, HashAlgorithmName.SHA256);
            using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
            string certificatePath = Path.Combine(folder, "tls.crt");
            string keyPath = Path.Combine(folder, "tls.key");
            await File.WriteAllTextAsync(certificatePath, certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(keyPath, key.ExportPkcs8PrivateKeyPem());

            await using FleetServerProcess server = await FleetServerProcess.StartAsync(arguments:
            [
                "--Kestrel:Endpoints:Https:Url=https://127.0.0.1:0",
                $"--Kestrel:Endpoints:Https:Certificate:Path={certificatePath}",
                $"--Kestrel:Endpoints:Https:Certificate:KeyPath={keyPath}",
            ]);
            using SocketsHttpHandler handler = new()
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetCertHashString() == certificate.GetCertHashString(),
                },
            };
            using HttpClient client = new(handler) { BaseAddress = server.Address };
            Answer answer = await Answer.GetAsync(client, "/health/live");

            server.Address.Scheme.Should().Be("https");
            answer.ShouldBe(HttpStatusCode.OK);
            answer.Headers.GetValues("Strict-Transport-Security").Should().Equal("max-age=31536000");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
