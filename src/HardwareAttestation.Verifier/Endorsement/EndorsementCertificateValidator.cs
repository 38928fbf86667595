using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Validates endorsement key certificates against trust anchors that the fleet's owner chose (TCG EK Credential Profile 2.5).
/// </summary>
/// <remarks>
/// Nothing is fetched, unless there is a fetcher, and then only by the asynchronous method. Hostile bytes give a verdict and never an exception. Safe to share between threads. Authorities that held are remembered by their content, for an hour and at most 1024
/// of them, so that the next machine of the same issuer costs one signature: keep one validator.
/// </remarks>
public sealed class EndorsementCertificateValidator
{
    private const int MaximumCertificateSize = 16 * 1024;
    private readonly EndorsementCertificateOptions _options;
    private readonly EndorsementChainBuilder _chains;
    private readonly RevocationChecks _revocation;
    private readonly TimeProvider _timeProvider;
    private readonly EndorsementCertificateFetcher? _fetcher;

    /// <summary>Initializes the validator.</summary>
    /// <param name="trustAnchors">Root certificates of TPM makers that are trusted, each self-signed. They are used as they are: their files' dates and
    /// origin are the owner's to check. They and the intermediates are copied, and stay their owner's.</param>
    /// <param name="intermediates">Certificates of issuers between the roots and the endorsement keys; not trusted by themselves.</param>
    /// <param name="options">What else is accepted; null for nothing. Read once.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="fetcher">Fetches issuers' certificates and revocation lists for the asynchronous method; it stays its owner's; null to fetch nothing.</param>
    /// <exception cref="ArgumentException">There is no anchor, or one of them is not self-signed, or the options are not right.</exception>
    public EndorsementCertificateValidator(
        IEnumerable<X509Certificate2> trustAnchors,
        IEnumerable<X509Certificate2>? intermediates = null,
        EndorsementCertificateOptions? options = null,
        TimeProvider? timeProvider = null,
        EndorsementCertificateFetcher? fetcher = null)
    {
        ArgumentNullException.ThrowIfNull(trustAnchors);
        if (options?.FindFaults().FirstOrDefault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        _timeProvider = timeProvider ?? TimeProvider.System;
        _fetcher = fetcher;
        _options = options?.Copy() ?? new EndorsementCertificateOptions();
        _chains = new EndorsementChainBuilder(
            [.. trustAnchors.Select(Copy)], [.. (intermediates ?? []).Select(Copy)], _options.AnchorKeyFingerprints, _timeProvider);
        _revocation = new RevocationChecks(
            _options.RevocationLists.Select(list => RevocationList.TryParse(list)!), _options.UnknownRevocation);

        static X509Certificate2 Copy(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span);
    }

    internal ValidatedAuthorities ValidatedAuthorities => _chains.Validated;

    /// <summary>Validates a certificate. It fetches nothing, even if the validator was given a fetcher: <see cref="ValidateAsync(ReadOnlyMemory{byte}, TpmtPublic, IReadOnlyList{ReadOnlyMemory{byte}}, DateTimeOffset?, CancellationToken)"/> does.</summary>
    /// <param name="certificate">The certificate in DER, with nothing before or after it.</param>
    /// <param name="endorsementKey">The key that the certificate must be of; null where it is not known, which is flagged: the verdict says nothing of whose certificate it is then.</param>
    /// <param name="presentedIssuers">
    /// Issuers' certificates in DER that came along, in any order, as a TPM stores them; not trusted by themselves, and tried when the validator's own intermediates do not do.
    /// At most <see cref="EnrollmentRequest.MaximumChainLength"/> with <see cref="EnrollmentRequest.MaximumChainSize"/> bytes in all are accepted; a
    /// malformed one is passed over. Null for none.
    /// </param>
    /// <param name="time">The time at which everything must be valid; null for now, by the validator's clock.</param>
    /// <returns>The verdict, the chain, and what the certificate says.</returns>
    public EndorsementCertificateResult Validate(
        ReadOnlySpan<byte> certificate, TpmtPublic? endorsementKey, IReadOnlyList<ReadOnlyMemory<byte>>? presentedIssuers = null, DateTimeOffset? time = null)
    {
        FindingList findings = new();
        EndorsementCertificateFacts facts = Validate(certificate, presentedIssuers ?? [], endorsementKey, time ?? _timeProvider.GetUtcNow(), findings);
        return new EndorsementCertificateResult(findings.ToVerdict(), facts);
    }

    /// <summary>Validates a certificate, and fetches issuers and revocation lists that are not at hand, if the validator was given a fetcher.</summary>
    /// <remarks>Nothing is fetched for a certificate that is refused whatever its chain. What cannot be fetched leaves the verdict as it would be without, with the reason.</remarks>
    /// <param name="certificate">The certificate in DER, with nothing before or after it.</param>
    /// <param name="endorsementKey">The key that the certificate must be of; null where it is not known, which is flagged: the verdict says nothing of whose certificate it is then.</param>
    /// <param name="presentedIssuers">Issuers' certificates in DER that came along, as for <see cref="Validate(ReadOnlySpan{byte}, TpmtPublic, IReadOnlyList{ReadOnlyMemory{byte}}, DateTimeOffset?)"/>; null for none.</param>
    /// <param name="time">The time at which everything must be valid; null for now, by the validator's clock.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, the chain, and what the certificate says.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<EndorsementCertificateResult> ValidateAsync(
        ReadOnlyMemory<byte> certificate,
        TpmtPublic? endorsementKey,
        IReadOnlyList<ReadOnlyMemory<byte>>? presentedIssuers = null,
        DateTimeOffset? time = null,
        CancellationToken cancellationToken = default)
    {
        FindingList findings = new();
        EndorsementCertificateFacts facts = await ValidateAsync(
            certificate, presentedIssuers ?? [], endorsementKey, time ?? _timeProvider.GetUtcNow(), findings, cancellationToken).ConfigureAwait(false);
        return new EndorsementCertificateResult(findings.ToVerdict(), facts);
    }

    internal async Task<EndorsementCertificateFacts> ValidateAsync(
        ReadOnlyMemory<byte> certificate,
        IReadOnlyList<ReadOnlyMemory<byte>> presentedIssuers,
        TpmtPublic? endorsementKey,
        DateTimeOffset time,
        FindingList findings,
        CancellationToken cancellationToken)
    {
        if (_fetcher is null)
        {
            return Validate(certificate.Span, presentedIssuers, endorsementKey, time, findings);
        }

        try
        {
            using X509Certificate2? leaf = Begin(certificate.Span, presentedIssuers, endorsementKey, time, findings);
            if (leaf is null)
            {
                return EndorsementCertificateFacts.None;
            }

            using PresentedIssuers presented = PresentedIssuers.Load(presentedIssuers, _options.Sha1IssuerFingerprints);
            using EndorsementFetching fetching = new(_fetcher, leaf, presented.Certificates, _options.Sha1IssuerFingerprints);
            X509Certificate2[] chain;
            FindingList attempt;

            // Ends: each further attempt takes a fetch, which are counted.
            do
            {
                attempt = new FindingList();
                chain = Build(leaf, [.. presented.Certificates, .. fetching.Issuers], fetching, time, attempt);
            }
            while (!findings.HasRefusal && await fetching.FindMoreAsync(chain.Length > 0, time, attempt, cancellationToken).ConfigureAwait(false));
            findings.Append(attempt);
            return Conclude(leaf, chain, findings);
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            return RefuseMalformed(findings);
        }
    }

    private static EndorsementCertificateFacts RefuseMalformed(FindingList findings)
    {
        findings.Refuse(CheckIds.EkCertificateForm, "The endorsement key certificate cannot be read: it is malformed.");
        return EndorsementCertificateFacts.None;
    }

    private EndorsementCertificateFacts Validate(
        ReadOnlySpan<byte> certificate,
        IReadOnlyList<ReadOnlyMemory<byte>> presentedIssuers,
        TpmtPublic? endorsementKey,
        DateTimeOffset time,
        FindingList findings)
    {
        try
        {
            using X509Certificate2? leaf = Begin(certificate, presentedIssuers, endorsementKey, time, findings);
            if (leaf is null)
            {
                return EndorsementCertificateFacts.None;
            }

            using PresentedIssuers presented = PresentedIssuers.Load(presentedIssuers, _options.Sha1IssuerFingerprints);
            return Conclude(leaf, Build(leaf, presented.Certificates, fetching: null, time, findings), findings);
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            return RefuseMalformed(findings);
        }
    }

    // Judges all but the chain.
    private X509Certificate2? Begin(
        ReadOnlySpan<byte> certificate,
        IReadOnlyList<ReadOnlyMemory<byte>> presentedIssuers,
        TpmtPublic? endorsementKey,
        DateTimeOffset time,
        FindingList findings)
    {
        if (presentedIssuers.Count > 0 && !findings.Check(
            CheckIds.EkCertificateIssuers,
            presentedIssuers.Count <= EnrollmentRequest.MaximumChainLength && presentedIssuers.Sum(issuer => (long)issuer.Length) <= EnrollmentRequest.MaximumChainSize,
            "The issuers' certificates that came along are not too many.",
            $"More than {EnrollmentRequest.MaximumChainLength} issuers' certificates, or more than {EnrollmentRequest.MaximumChainSize / 1024} KiB of them, came along."))
        {
            return null;
        }

        if (!IsOneSequence(certificate))
        {
            findings.Refuse(CheckIds.EkCertificateForm, "The endorsement key certificate is not one DER certificate of at most 16 KiB.");
            return null;
        }

        X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate);
        try
        {
            EndorsementCertificatePolicy.Judge(leaf, findings);
            if (endorsementKey is null)
            {
                findings.Flag(CheckIds.EkCertificateKey, "Whose certificate it is was not compared: no endorsement key was given.");
            }
            else
            {
                findings.Check(
                    CheckIds.EkCertificateKey,
                    PublicKeys.IsKeyOf(endorsementKey, leaf),
                    "The certificate is of the endorsement key that was presented.",
                    "The certificate is of another key than the endorsement key that was presented.");
            }

            LeafCertificate.Judge(leaf, time, _options.AllowExpiredLeaf, findings);
            return leaf;
        }
        catch
        {
            leaf.Dispose();
            throw;
        }
    }

    private X509Certificate2[] Build(
        X509Certificate2 leaf, X509Certificate2[] issuers, EndorsementFetching? fetching, DateTimeOffset time, FindingList findings)
    {
        return _chains.Build(leaf, issuers, time, Judge, findings);

        void Judge(X509Certificate2[] chain, FindingList judged)
        {
            ChainStrength.Judge(chain, _options.Sha1IssuerFingerprints, judged);

            // Where a weak signature or key would refuse the chain anyway, its addresses are anybody's.
            bool isStrong = !judged.HasRefusal;
            IReadOnlyList<UnlistedCertificate> unlisted = _revocation.Judge(chain, time, issuer => fetching?.ListsOf(issuer) ?? [], judged);
            if (isStrong)
            {
                fetching?.Want(unlisted);
            }
        }
    }

    private EndorsementCertificateFacts Conclude(X509Certificate2 leaf, X509Certificate2[] chain, FindingList findings)
    {
        TpmIdentity identity = TpmIdentity.Read(leaf);
        return new EndorsementCertificateFacts(
            [.. chain.Select(element => element.RawDataMemory)], TpmKindPolicy.Judge(identity, chain, _options, findings), identity, LeafNames.Of(leaf));
    }

    // A length that lies inside of an indefinite-length value answers AsnContentException even here.
    internal static bool IsOneSequence(ReadOnlySpan<byte> certificate) =>
        certificate.Length <= MaximumCertificateSize
        && AsnDecoder.TryReadEncodedValue(certificate, AsnEncodingRules.BER, out Asn1Tag tag, out _, out _, out int consumed)
        && tag == Asn1Tag.Sequence
        && consumed == certificate.Length;
}
