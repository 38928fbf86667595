using System.Buffers;
using System.Net;

namespace HardwareAttestation.Verifier;

/// <summary>Gets what is at an address, so much and for so long at most. Redirects are followed here, where each target is judged.</summary>
internal sealed class BoundedDownload(HttpClient client, FetchAddressRules rules, TimeSpan timeout, int maximumRedirects, TimeProvider timeProvider)
{
    private const int BufferSize = 16 * 1024;

    /// <summary>Gets it.</summary>
    /// <param name="address">An address that may be asked.</param>
    /// <param name="maximumSize">The most bytes that are read.</param>
    /// <returns>The content, or a fault.</returns>
    public async Task<FetchResult<byte[]>> GetAsync(Uri address, int maximumSize)
    {
        using CancellationTokenSource deadline = new(timeout, timeProvider);
        try
        {
            for (int redirects = 0; ; redirects++)
            {
                using HttpRequestMessage request = new(HttpMethod.Get, address);
                using HttpResponseMessage response = await client.SendAsync(
                    request, HttpCompletionOption.ResponseHeadersRead, deadline.Token).ConfigureAwait(false);

                // A client that follows redirects by itself changes its request, and has asked hosts that nobody allowed.
                if (request.RequestUri != address || (response.RequestMessage?.RequestUri is { } asked && asked != address))
                {
                    return FetchResult<byte[]>.Failed(
                        "the HTTP client followed a redirect by itself. Make it with EndorsementCertificateFetcher.CreateHandler(), or set AllowAutoRedirect of its handler to false");
                }

                if (!IsRedirect(response.StatusCode))
                {
                    return response.StatusCode == HttpStatusCode.OK
                        ? await ReadAsync(response.Content, maximumSize, deadline.Token).ConfigureAwait(false)
                        : FetchResult<byte[]>.Failed($"it answered with status {(int)response.StatusCode}");
                }

                Uri? target = response.Headers.Location;
                if (redirects == maximumRedirects)
                {
                    return FetchResult<byte[]>.Failed($"it redirects more than {maximumRedirects} times");
                }

                if (!rules.TryParse(address, target, out Uri? next, out string? fault))
                {
                    return FetchResult<byte[]>.Failed($"it redirects to '{PlainText.Of(target?.OriginalString ?? string.Empty, 128)}', and {fault}");
                }

                address = next;
            }
        }
        catch (OperationCanceledException)
        {
            // By the deadline, or by a shorter one that the client has itself.
            return FetchResult<byte[]>.Failed($"timed out after {timeout.TotalSeconds:0.###} s at most");
        }
        catch (HttpRequestException exception)
        {
            return FetchResult<byte[]>.Failed(Describe(exception.HttpRequestError));
        }
        catch (IOException)
        {
            return FetchResult<byte[]>.Failed("the connection broke");
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => status
        is HttpStatusCode.MovedPermanently
        or HttpStatusCode.Found
        or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect
        or HttpStatusCode.PermanentRedirect;

    private static string Describe(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "its name is not known",
        HttpRequestError.ConnectionError => "no connection came about",
        HttpRequestError.SecureConnectionError => "no secure connection came about",
        HttpRequestError.ProxyTunnelError => "the proxy does not let us",
        HttpRequestError.ConfigurationLimitExceeded => "the headers of its answer are too long",
        HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError => "its answer is not right or broke off",
        _ => "the request failed",
    };

    // The length in the headers is the other side's word: a larger one ends it at once, and a smaller one says nothing.
    private static async Task<FetchResult<byte[]>> ReadAsync(HttpContent content, int maximumSize, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > maximumSize)
        {
            return TooLarge();
        }

        Stream body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            ArrayBufferWriter<byte> read = new(BufferSize);
            int count;
            while ((count = await body.ReadAsync(read.GetMemory(1), cancellationToken).ConfigureAwait(false)) > 0)
            {
                read.Advance(count);
                if (read.WrittenCount > maximumSize)
                {
                    return TooLarge();
                }
            }

            return FetchResult<byte[]>.Of(read.WrittenSpan.ToArray());
        }

        FetchResult<byte[]> TooLarge() => FetchResult<byte[]>.Failed($"it answered with more than {maximumSize} bytes");
    }
}
