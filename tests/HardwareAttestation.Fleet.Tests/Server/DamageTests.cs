using System.Net;
using System.Text.Json;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>What operators are told of a device whose record is damaged in the database.</summary>
public sealed class DamageTests
{
    private const string Node = "rack1-node7";

    public static TheoryData<string> Kinds => TestDatabase.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_damaged_is_named_and_logged_once_and_the_rest_is_told(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        JsonElement whole = await server.DeviceAsync(Node);
        whole.GetProperty("damage").GetArrayLength().Should().Be(0);

        await database.RunAsync("UPDATE device_keys SET attestation_public = endorsement_certificate");
        JsonElement device = await server.DeviceAsync(Node);
        Damage(device).Should().Equal("attestationPublic");
        device.GetProperty("attestationKeyName").ValueKind.Should().Be(JsonValueKind.Null);
        device.GetProperty("certificate").GetProperty("verdict").GetProperty("status").GetString().Should().Be("verified");
        device.GetProperty("endorsementKeyId").GetString().Should().Be(whole.GetProperty("endorsementKeyId").GetString());

        await database.RunAsync("UPDATE device_keys SET endorsement_certificate = endorsement_public");
        device = await server.DeviceAsync(Node);
        Damage(device).Should().Equal("attestationPublic", "endorsementCertificate");
        device.GetProperty("certificate").GetProperty("verdict").GetProperty("status").GetString().Should().Be("refused");

        await database.RunAsync("UPDATE device_keys SET endorsement_chain = endorsement_public");
        Damage(await server.DeviceAsync(Node)).Should().Equal("endorsementCertificateChain", "attestationPublic", "endorsementCertificate");

        await database.RunAsync("UPDATE device_keys SET endorsement_public = attestation_public");
        device = await server.DeviceAsync(Node);
        Damage(device).Should().Equal("endorsementCertificateChain", "attestationPublic", "endorsementPublic");
        device.GetProperty("certificate").ValueKind.Should().Be(JsonValueKind.Null);
        device.GetProperty("state").GetString().Should().Be("overdue");

        Answer list = await Answer.GetAsync(server.Operator, "/v1/devices");
        list.ShouldBe(HttpStatusCode.OK);
        list.Json.GetProperty("devices").GetArrayLength().Should().Be(1);
        server.Process.Output.Split("its attestationPublic cannot be read").Should().HaveCount(2, "it is logged once");
    }

    private static IEnumerable<string?> Damage(JsonElement device) => device.GetProperty("damage").EnumerateArray().Select(part => part.GetString());
}
