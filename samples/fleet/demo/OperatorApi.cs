using System.Net.Http.Headers;
using System.Text.Json;

namespace Fleet.Demo;

/// <summary>What an operator asks a server.</summary>
internal sealed class OperatorApi : IDisposable
{
    private readonly HttpClient _http;

    public OperatorApi(Uri server, string token)
    {
        _http = new HttpClient { BaseAddress = server };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<JsonElement> GetFleetAsync(CancellationToken cancellationToken) => GetAsync("v1/fleet", cancellationToken);

    public Task<JsonElement> GetDeviceAsync(string node, CancellationToken cancellationToken) => GetAsync($"v1/devices/{node}", cancellationToken);

    public async Task<IReadOnlyList<JsonElement>> GetBootsAsync(string node, CancellationToken cancellationToken) =>
        [.. (await GetAsync($"v1/devices/{node}/boots", cancellationToken)).GetProperty("boots").EnumerateArray()];

    public async Task<IReadOnlyList<JsonElement>> GetRefusalsAsync(string node, CancellationToken cancellationToken) =>
        [.. (await GetAsync($"v1/devices/{node}/refusals", cancellationToken)).GetProperty("refusals").EnumerateArray()];

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        byte[] answer = await _http.GetByteArrayAsync(new Uri(path, UriKind.Relative), cancellationToken);
        using JsonDocument document = JsonDocument.Parse(answer);
        return document.RootElement.Clone();
    }
}
