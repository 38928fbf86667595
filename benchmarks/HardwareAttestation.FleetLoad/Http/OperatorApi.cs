using System.Net;
using System.Text.Json;

namespace HardwareAttestation.FleetLoad.Http;

/// <summary>The server's calls for operators, as far as they are needed to see what it knows.</summary>
internal sealed class OperatorApi(HttpClient http)
{
    private const int PageSize = 500;

    /// <summary>All nodes that have a device.</summary>
    public async Task<HashSet<string>> ListNodesAsync()
    {
        HashSet<string> nodes = new(StringComparer.Ordinal);
        string? after = null;
        do
        {
            using JsonDocument page = await GetAsync($"/v1/devices?limit={PageSize}" + (after is null ? "" : "&after=" + Uri.EscapeDataString(after))).ConfigureAwait(false);
            nodes.UnionWith(page.RootElement.GetProperty("devices").EnumerateArray().Select(device => device.GetProperty("nodeId").GetString()!));
            after = page.RootElement.GetProperty("next").GetString();
        }
        while (after is not null);
        return nodes;
    }

    /// <summary>One device, as JSON; null if there is none.</summary>
    public async Task<JsonDocument?> FindDeviceAsync(string nodeId)
    {
        using HttpResponseMessage response = await http.GetAsync($"/v1/devices/{nodeId}").ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(response).ConfigureAwait(false);
    }

    /// <summary>The latest boots of a node: its reset counter, and how often it was attested.</summary>
    public async Task<IReadOnlyList<(uint ResetCount, long Attestations)>> GetBootsAsync(string nodeId)
    {
        using JsonDocument boots = await GetAsync($"/v1/devices/{nodeId}/boots?limit={PageSize}").ConfigureAwait(false);
        return [.. boots.RootElement.GetProperty("boots").EnumerateArray()
            .Select(boot => (boot.GetProperty("resetCount").GetUInt32(), boot.GetProperty("attestations").GetInt64()))];
    }

    public async Task<JsonDocument> GetAsync(string path)
    {
        using HttpResponseMessage response = await http.GetAsync(path).ConfigureAwait(false);
        return await ReadAsync(response).ConfigureAwait(false);
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage response)
    {
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
    }
}
