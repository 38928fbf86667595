namespace HardwareAttestation.Verifier;

/// <summary>The stable ids of the checks, as documented in docs/checks.md. A test compares the two.</summary>
internal static class CheckIds
{
    public const string MessageVersion = "message.version";
    public const string MessageForm = "message.form";

    public const string EkCertificatePresent = "ek.certificate.present";
    public const string EkCertificateForm = "ek.certificate.form";
    public const string EkCertificateIssuers = "ek.certificate.issuers";
    public const string EkCertificateChain = "ek.certificate.chain";
    public const string EkCertificateUsage = "ek.certificate.usage";
    public const string EkCertificateNotCa = "ek.certificate.not-ca";
    public const string EkCertificateAlgorithms = "ek.certificate.algorithms";
    public const string EkCertificateKey = "ek.certificate.key";
    public const string EkCertificateValidity = "ek.certificate.validity";
    public const string EkCertificateWeakKey = "ek.certificate.weak-key";
    public const string EkCertificateIdentity = "ek.certificate.identity";
    public const string EkCertificateTrustClass = "ek.certificate.trust-class";
    public const string EkCertificateFirmware = "ek.certificate.firmware";
    public const string EkCertificateRevocation = "ek.certificate.revocation";

    public const string EkPublicForm = "ek.public.form";
    public const string EkPublicAttributes = "ek.public.attributes";
    public const string EkPublicAlgorithms = "ek.public.algorithms";
    public const string EkPublicKey = "ek.public.key";
    public const string EkPublicWeakKey = "ek.public.weak-key";

    public const string AkPublicForm = "ak.public.form";
    public const string AkNameAlg = "ak.name-alg";
    public const string AkRestricted = "ak.restricted";
    public const string AkSign = "ak.sign";
    public const string AkDecrypt = "ak.decrypt";
    public const string AkFixedTpm = "ak.fixed-tpm";
    public const string AkFixedParent = "ak.fixed-parent";
    public const string AkSensitiveDataOrigin = "ak.sensitive-data-origin";
    public const string AkScheme = "ak.scheme";
    public const string AkKey = "ak.key";
    public const string AkWeakKey = "ak.weak-key";
    public const string AkParent = "ak.parent";
    public const string AkAllowed = "ak.allowed";

    public const string EnrollmentNode = "enrollment.node";
    public const string EnrollmentNodeFree = "enrollment.node-free";
    public const string EnrollmentEkFree = "enrollment.ek-free";
    public const string EnrollmentUnchanged = "enrollment.unchanged";
    public const string CredentialSecret = "credential.secret";

    public const string ChallengeCapacity = "challenge.capacity";
    public const string ChallengeKnown = "challenge.known";
    public const string ChallengeFresh = "challenge.fresh";

    public const string DeviceEnrolled = "device.enrolled";
    public const string DeviceActive = "device.active";
    public const string DeviceUnchanged = "device.unchanged";

    public const string EvidenceForm = "evidence.form";
    public const string SignatureAlgorithm = "signature.algorithm";
    public const string SignatureValid = "signature.valid";
    public const string QuoteMagic = "quote.magic";
    public const string QuoteType = "quote.type";
    public const string QuoteNonce = "quote.nonce";
    public const string QuoteSigner = "quote.signer";
    public const string QuotePcrSelection = "quote.pcr-selection";
    public const string QuotePcrDigest = "quote.pcr-digest";
    public const string QuotePcrPolicy = "quote.pcr-policy";
    public const string QuoteClock = "quote.clock";
    public const string QuoteClockSafe = "quote.clock-safe";

    public const string AttestationMagic = "attestation.magic";
    public const string AttestationType = "attestation.type";
    public const string AttestationNonce = "attestation.nonce";
    public const string AttestationSigner = "attestation.signer";

    public const string CertifiedForm = "certified.form";
    public const string CertifiedName = "certified.name";
    public const string CertifiedQualifiedName = "certified.qualified-name";
    public const string CertifiedNameAlg = "certified.name-alg";
    public const string CertifiedFixedTpm = "certified.fixed-tpm";
    public const string CertifiedFixedParent = "certified.fixed-parent";
    public const string CertifiedSensitiveDataOrigin = "certified.sensitive-data-origin";
    public const string CertifiedRestricted = "certified.restricted";
    public const string CertifiedUsage = "certified.usage";
    public const string CertifiedKey = "certified.key";

    public const string TimeClock = "time.clock";
    public const string TimeClockSafe = "time.clock-safe";

    public const string NVName = "nv.name";
    public const string NVRange = "nv.range";
    public const string NVContents = "nv.contents";
}
