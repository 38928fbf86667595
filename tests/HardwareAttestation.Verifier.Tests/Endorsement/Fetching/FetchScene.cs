using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>A maker that publishes its certificates and lists on a network, and a verifier that trusts its root and may ask its hosts.</summary>
internal sealed class FetchScene : IDisposable
{
    public const string Maker = "http://pki.maker.example/";
    public const string OtherHost = "http://crl.maker.example/";

    private readonly List<IDisposable> _kept = [];
    private readonly HttpClient _client;
    private EndorsementCertificateFetcher? _fetcher;

    public FetchScene()
    {
        Root = Keep(TestAuthority.CreateRoot());
        Key = Keep(SoftwareEndorsementKey.Ecc());
        _client = Keep(new HttpClient(Network));
        Options.AllowedHosts.Add("pki.maker.example");
        Options.AllowedHosts.Add("CRL.Maker.Example");
    }

    public FakeNetwork Network { get; } = new();

    public FetchClock Clock { get; } = new();

    public EndorsementCertificateFetchOptions Options { get; } = new();

    /// <summary>Made from the options at its first use.</summary>
    public EndorsementCertificateFetcher Fetcher => _fetcher ??= Keep(EndorsementCertificateFetcher.FromHttpClient(_client, Options, Clock));

    public TestAuthority Root { get; }

    public SoftwareEndorsementKey Key { get; }

    public T Keep<T>(T item)
        where T : IDisposable
    {
        _kept.Add(item);
        return item;
    }

    /// <summary>An authority below another, with the addresses of its issuer and of the list that it would be on.</summary>
    public TestAuthority Below(TestAuthority issuer, string name = "CN=Test TPM Issuer", string[]? issuers = null, string[]? lists = null) =>
        Keep(issuer.CreateIntermediate(name, CertificateDetails.Authority with { OtherExtensions = Addresses(issuers, lists) }));

    /// <summary>A certificate of the endorsement key, with addresses.</summary>
    public byte[] Issue(TestAuthority issuer, string[]? issuers = null, string[]? lists = null) => Issue(issuer, Key, issuers, lists);

    public static byte[] Issue(TestAuthority issuer, SoftwareEndorsementKey key, string[]? issuers = null, string[]? lists = null) =>
        issuer.Issue(key, CertificateDetails.EndorsementKey with { OtherExtensions = Addresses(issuers, lists) });

    public byte[] List(TestAuthority issuer, params byte[][] revoked) => issuer.Revoke(Clock.GetUtcNow().AddDays(-1), Clock.GetUtcNow().AddDays(1), revoked);

    public EndorsementCertificateValidator Validator(TestAuthority[]? known = null, PolicyAction unknownRevocation = PolicyAction.Flag, params byte[][] lists)
    {
        EndorsementCertificateOptions options = new() { UnknownRevocation = unknownRevocation };
        Array.ForEach(lists, list => options.RevocationLists.Add(list));
        return new EndorsementCertificateValidator([Root.Certificate], known?.Select(authority => authority.Certificate), options, Clock, Fetcher);
    }

    public Task<EndorsementCertificateResult> ValidateAsync(
        byte[] certificate, TestAuthority[]? known = null, TestAuthority[]? presented = null, CancellationToken cancellationToken = default) =>
        Validator(known).ValidateAsync(
            certificate,
            Key.Public,
            [.. (presented ?? []).Select(issuer => (ReadOnlyMemory<byte>)issuer.Certificate.RawData)],
            Clock.GetUtcNow(),
            cancellationToken);

    /// <summary>What a leaf comes to whose issuer is nowhere but at an address.</summary>
    public async Task<Finding> FetchIssuerAsync(params string[] addresses)
    {
        TestAuthority issuer = Below(Root);
        EndorsementCertificateResult result = await ValidateAsync(Issue(issuer, addresses));
        result.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        return result.Verdict.Refusals.Single();
    }

    public void Dispose() => _kept.ForEach(item => item.Dispose());

    private static X509Extension[] Addresses(string[]? issuers, string[]? lists) =>
    [
        .. issuers is null ? [] : new X509Extension[] { new X509AuthorityInformationAccessExtension(null, issuers) },
        .. lists is null ? [] : new[] { CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(lists) },
    ];
}
