using System.Globalization;
using System.Net;
using HardwareAttestation.FleetLoad.Http;

namespace HardwareAttestation.FleetLoad.Hostile;

/// <summary>Posts anything from one address, and says the status that it was answered.</summary>
internal sealed class Poster(Uri server, IPAddress source) : IDisposable
{
    private readonly HttpClient _client = HttpClients.Create(server, source);

    public async Task<string> PostAsync(string path, byte[] body, string mediaType = "application/json")
    {
        using ByteArrayContent content = new(body);
        content.Headers.ContentType = new(mediaType);
        try
        {
            using HttpResponseMessage response = await _client.PostAsync(path, content).ConfigureAwait(false);
            return ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return "no answer";
        }
    }

    public void Dispose() => _client.Dispose();
}
