using System.Net.Http.Headers;
using System.Text.Json;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>A server in a process of its own that trusts the emulated machines, with two clients: anybody, and an operator.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private TestServer(FleetServerProcess process)
    {
        Process = process;
        Anybody = new HttpClient { BaseAddress = process.Address };
        Operator = new HttpClient { BaseAddress = process.Address };
        Operator.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", process.OperatorToken);
    }

    public FleetServerProcess Process { get; }

    public HttpClient Anybody { get; }

    public HttpClient Operator { get; }

    public static Task<TestServer> StartAsync(params string[] arguments) => StartAsync(dataFolder: null, environment: null, arguments);

    public static async Task<TestServer> StartAsync(string? dataFolder, IReadOnlyDictionary<string, string>? environment, params IEnumerable<string> arguments)
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        return new TestServer(await FleetServerProcess.StartAsync(
            dataFolder,
            [
                $"--Fleet:TrustPaths:0={manufacturer.RootCertificatePath}",
                $"--Fleet:TrustPaths:1={manufacturer.IssuerCertificatePath}",
                "--Fleet:AllowSoftwareTpms=true",
                .. arguments,
            ],
            environment));
    }

    /// <summary>What an operator is told of a device.</summary>
    public async Task<JsonElement> DeviceAsync(string node)
    {
        Answer answer = await Answer.GetAsync(Operator, $"/v1/devices/{node}");
        answer.ShouldBe(System.Net.HttpStatusCode.OK);
        return answer.Json;
    }

    public async Task<string> StateOfAsync(string node) => (await DeviceAsync(node)).GetProperty("state").GetString()!;

    public async ValueTask DisposeAsync()
    {
        Anybody.Dispose();
        Operator.Dispose();
        await Process.DisposeAsync();
    }
}
