using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Agent;

/// <summary>Makes the client for HTTP: how long it waits, how much it takes, and whom it trusts.</summary>
internal static class ServerHttp
{
    /// <summary>More than any answer of the protocol has.</summary>
    public const int LongestAnswer = 128 * 1024;

    private const int LongestHeadersInKilobytes = 16;
    private static readonly TimeSpan PatienceForAnswer = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PatienceForConnection = TimeSpan.FromSeconds(10);

    /// <summary>Makes it.</summary>
    /// <exception cref="MisuseException">The file of roots cannot be read.</exception>
    public static HttpClient Create(AgentOptions options) => Create(options.Server, CreateHandler(options.AuthorityFile));

    /// <summary>Makes it, with a handler that a test may choose.</summary>
    public static HttpClient Create(Uri server, HttpMessageHandler handler) => new(handler)
    {
        // A path without a slash at its end would lose its last part.
        BaseAddress = server.AbsolutePath.EndsWith('/') ? server : new UriBuilder(server) { Path = server.AbsolutePath + "/" }.Uri,
        Timeout = PatienceForAnswer,
        MaxResponseContentBufferSize = LongestAnswer,
    };

    private static SocketsHttpHandler CreateHandler(string? authorityFile)
    {
        SocketsHttpHandler handler = new()
        {
            // What answers is the server that was named, or none; and what is small on the wire stays small.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = PatienceForConnection,
            MaxResponseHeadersLength = LongestHeadersInKilobytes,

            // An agent asks once an hour, and the server's address may have moved since.
            PooledConnectionIdleTimeout = PatienceForAnswer,
        };
        if (authorityFile is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = TrustOnly(authorityFile) };
        }

        return handler;
    }

    private static X509ChainPolicy TrustOnly(string authorityFile)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,

            // An authority of one's own seldom publishes whom it revoked.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(authorityFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new MisuseException($"--ca-file: {authorityFile} cannot be read: {exception.Message}");
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new MisuseException($"--ca-file: {authorityFile} has no certificate in PEM form.");
    }
}
