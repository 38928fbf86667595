using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Validates endorsement key certificates against trust anchors that the fleet's owner chose (TCG EK Credential Profile 2.5).
/// </summary>
/// <remarks>
/// Nothing is fetched. Hostile bytes give a verdict and never an exception. Safe to share between threads. Authorities that held are remembered by their content, for an hour and at most 1024
/// of them, so that the next machine of the same issuer costs one signature: keep one validator.
/// </remarks>
public sealed class EndorsementCertificateValidator
{
    private const int MaximumCertificateSize = 16 * 1024;
    private readonly EndorsementCertificateOptions _options;
    private readonly EndorsementChainBuilder _chains;
    private readonly RevocationChecks _revocation;

    /// <summary>Initializes the validator.</summary>
    /// <param name="trustAnchors">Root certificates of TPM makers that are trusted, each self-signed. They are used as they are: their files' dates and
    /// origin are the owner's to check. They and the intermediates are copied, and stay their owner's.</param>
    /// <param name="intermediates">Certificates of issuers between the roots and the endorsement keys; not trusted by themselves.</param>
    /// <param name="options">What else is accepted; null for nothing. Read once.</param>
    /// <param name="timeProvider">The clock for how long validated authorities are remembered; null for the system's. Certificates are judged at the time that is asked for.</param>
    /// <exception cref="ArgumentException">There is no anchor, or one of them is not self-signed, or the options are not right.</exception>
    public EndorsementCertificateValidator(
        IEnumerable<X509Certificate2> trustAnchors,
        IEnumerable<X509Certificate2>? intermediates = null,
        EndorsementCertificateOptions? options = null,
        TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(trustAnchors);
        if (options?.FindFaults().FirstOrDefault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        _options = options?.Copy() ?? new EndorsementCertificateOptions();
        _chains = new EndorsementChainBuilder(
            [.. trustAnchors.Select(Copy)], [.. (intermediates ?? []).Select(Copy)], _options.AnchorKeyFingerprints, timeProvider ?? TimeProvider.System);
        _revocation = new RevocationChecks(
            _options.RevocationLists.Select(list => RevocationList.TryParse(list)!), _options.UnknownRevocation);

        static X509Certificate2 Copy(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span);
    }

    internal ValidatedAuthorities ValidatedAuthorities => _chains.Validated;

    /// <summary>Validates a certificate.</summary>
    /// <param name="certificate">The certificate in DER, with nothing before or after it.</param>
    /// <param name="endorsementKey">The key that the certificate must be of, or null where it is not known.</param>
    /// <param name="time">The time at which everything must be valid.</param>
    /// <returns>The verdict and the chain.</returns>
    public EndorsementCertificateResult Validate(ReadOnlySpan<byte> certificate, TpmtPublic? endorsementKey, DateTimeOffset time) =>
        Validate(certificate, [], endorsementKey, time);

    /// <summary>Validates a certificate that came with certificates of its issuers.</summary>
    /// <param name="certificate">The certificate in DER, with nothing before or after it.</param>
    /// <param name="presentedIssuers">
    /// Issuers' certificates in DER, in any order, as a TPM stores them; not trusted by themselves, and tried when the validator's own intermediates do not do.
    /// At most <see cref="EnrollmentRequest.MaximumChainLength"/> with <see cref="EnrollmentRequest.MaximumChainSize"/> bytes in all are accepted; a
    /// malformed one is passed over.
    /// </param>
    /// <param name="endorsementKey">The key that the certificate must be of, or null where it is not known.</param>
    /// <param name="time">The time at which everything must be valid.</param>
    /// <returns>The verdict and the chain.</returns>
    public EndorsementCertificateResult Validate(
        ReadOnlySpan<byte> certificate, IReadOnlyList<ReadOnlyMemory<byte>> presentedIssuers, TpmtPublic? endorsementKey, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(presentedIssuers);
        FindingList findings = new();
        EndorsementCertificateFacts facts = Validate(certificate, presentedIssuers, endorsementKey, time, findings);
        return new EndorsementCertificateResult(findings.ToVerdict(), facts);
    }

    internal EndorsementCertificateFacts Validate(
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
            return EndorsementCertificateFacts.None;
        }

        try
        {
            if (!IsOneSequence(certificate))
            {
                findings.Refuse(CheckIds.EkCertificateForm, "The endorsement key certificate is not one DER certificate of at most 16 KiB.");
                return EndorsementCertificateFacts.None;
            }

            using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate);
            EndorsementCertificatePolicy.Judge(leaf, findings);
            if (endorsementKey is not null)
            {
                findings.Check(
                    CheckIds.EkCertificateKey,
                    CertificateKey.IsOf(endorsementKey, leaf),
                    "The certificate is of the endorsement key that was presented.",
                    "The certificate is of another key than the endorsement key that was presented.");
            }

            LeafCertificate.Judge(leaf, time, _options.AllowExpiredLeaf, findings);
            using PresentedIssuers presented = PresentedIssuers.Load(presentedIssuers, _options.Sha1IssuerFingerprints);
            X509Certificate2[] chain = _chains.Build(leaf, presented.Certificates, time, Judge, findings);
            TpmIdentity identity = TpmIdentity.Read(leaf);
            return new EndorsementCertificateFacts(
                [.. chain.Select(element => element.Subject)], TpmKindPolicy.Judge(identity, chain, _options, findings), identity);
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            findings.Refuse(CheckIds.EkCertificateForm, "The endorsement key certificate cannot be read: it is malformed.");
            return EndorsementCertificateFacts.None;
        }

        void Judge(X509Certificate2[] chain, FindingList judged)
        {
            ChainStrength.Judge(chain, _options.Sha1IssuerFingerprints, judged);
            _revocation.Judge(chain, time, judged);
        }
    }

    // A length that lies inside of an indefinite-length value answers AsnContentException even here.
    internal static bool IsOneSequence(ReadOnlySpan<byte> certificate) =>
        certificate.Length <= MaximumCertificateSize
        && AsnDecoder.TryReadEncodedValue(certificate, AsnEncodingRules.BER, out Asn1Tag tag, out _, out _, out int consumed)
        && tag == Asn1Tag.Sequence
        && consumed == certificate.Length;
}
