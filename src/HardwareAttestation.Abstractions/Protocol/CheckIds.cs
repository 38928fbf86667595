namespace HardwareAttestation.Protocol;

/// <summary>The stable ids of the checks, as <see cref="Finding.Check"/> has them.</summary>
public static class CheckIds
{
    /// <summary><c>message.version</c>: Is the message of a protocol version that is spoken here?</summary>
    public const string MessageVersion = "message.version";

    /// <summary><c>message.form</c>: Does the message name a challenge?</summary>
    public const string MessageForm = "message.form";

    /// <summary><c>ek.certificate.present</c>: Does a TPM maker vouch for the endorsement key at all?</summary>
    public const string EkCertificatePresent = "ek.certificate.present";

    /// <summary><c>ek.certificate.form</c>: Is the certificate one well-formed certificate of at most 16 KiB?</summary>
    public const string EkCertificateForm = "ek.certificate.form";

    /// <summary><c>ek.certificate.issuers</c>: Are the issuers' certificates that came along at most 8, with 32 KiB in all?</summary>
    public const string EkCertificateIssuers = "ek.certificate.issuers";

    /// <summary><c>ek.certificate.chain</c>: Does it lead to a trust anchor, with every authority valid now and allowed to issue the next, and no issuer's extended key usage for other uses alone?</summary>
    public const string EkCertificateChain = "ek.certificate.chain";

    /// <summary><c>ek.certificate.usage</c>: Is it for an endorsement key (2.23.133.8.1), and for encryption?</summary>
    public const string EkCertificateUsage = "ek.certificate.usage";

    /// <summary><c>ek.certificate.not-ca</c>: Is it not a CA's?</summary>
    public const string EkCertificateNotCa = "ek.certificate.not-ca";

    /// <summary><c>ek.certificate.algorithms</c>: Is every signature below the root RSA or ECDSA with SHA-256, SHA-384 or SHA-512, every RSA key of at least 2048 bits and every ECC key of at least 256?</summary>
    public const string EkCertificateAlgorithms = "ek.certificate.algorithms";

    /// <summary><c>ek.certificate.key</c>: Is it of the endorsement key that was presented?</summary>
    public const string EkCertificateKey = "ek.certificate.key";

    /// <summary><c>ek.certificate.validity</c>: Is it valid now?</summary>
    public const string EkCertificateValidity = "ek.certificate.validity";

    /// <summary><c>ek.certificate.weak-key</c>: Was no RSA key of the chain generated with CVE-2017-15361 (ROCA)?</summary>
    public const string EkCertificateWeakKey = "ek.certificate.weak-key";

    /// <summary><c>ek.certificate.identity</c>: Flagged when manufacturer, model or firmware version of the TPM are absent, there twice, or malformed.</summary>
    public const string EkCertificateIdentity = "ek.certificate.identity";

    /// <summary><c>ek.certificate.trust-class</c>: Is the TPM hardware, or of another kind that the options allow? Asked at enrolment, and of a device that has lost the allowance at its next boot.</summary>
    public const string EkCertificateTrustClass = "ek.certificate.trust-class";

    /// <summary><c>ek.certificate.firmware</c>: Flagged, or refused where <c>VulnerableFirmware</c> says so, when the TPM was made with firmware that is known to be broken.</summary>
    public const string EkCertificateFirmware = "ek.certificate.firmware";

    /// <summary><c>ek.certificate.revocation</c>: Is no certificate of the chain revoked?</summary>
    public const string EkCertificateRevocation = "ek.certificate.revocation";

    /// <summary><c>ek.public.form</c>: Is the endorsement key's public area well formed?</summary>
    public const string EkPublicForm = "ek.public.form";

    /// <summary><c>ek.public.attributes</c>: Is it a restricted decryption key that cannot leave its TPM?</summary>
    public const string EkPublicAttributes = "ek.public.attributes";

    /// <summary><c>ek.public.algorithms</c>: Are its algorithms those of a TCG template?</summary>
    public const string EkPublicAlgorithms = "ek.public.algorithms";

    /// <summary><c>ek.public.key</c>: Are its numbers those of a key?</summary>
    public const string EkPublicKey = "ek.public.key";

    /// <summary><c>ek.public.weak-key</c>: Was it not generated with CVE-2017-15361 (ROCA)?</summary>
    public const string EkPublicWeakKey = "ek.public.weak-key";

    /// <summary><c>ak.public.form</c>: Is the attestation key's public area well formed?</summary>
    public const string AkPublicForm = "ak.public.form";

    /// <summary><c>ak.name-alg</c>: Is its Name made with SHA-256, SHA-384 or SHA-512?</summary>
    public const string AkNameAlg = "ak.name-alg";

    /// <summary><c>ak.restricted</c>: Can it sign no attestation that the TPM did not make?</summary>
    public const string AkRestricted = "ak.restricted";

    /// <summary><c>ak.sign</c>: Is it a signing key?</summary>
    public const string AkSign = "ak.sign";

    /// <summary><c>ak.decrypt</c>: Does it do nothing but sign?</summary>
    public const string AkDecrypt = "ak.decrypt";

    /// <summary><c>ak.fixed-tpm</c>: Can it not leave its TPM?</summary>
    public const string AkFixedTpm = "ak.fixed-tpm";

    /// <summary><c>ak.fixed-parent</c>: Can it not be moved to another parent?</summary>
    public const string AkFixedParent = "ak.fixed-parent";

    /// <summary><c>ak.sensitive-data-origin</c>: Did the TPM itself make it?</summary>
    public const string AkSensitiveDataOrigin = "ak.sensitive-data-origin";

    /// <summary><c>ak.scheme</c>: Has it a signature scheme of its own, with SHA-2?</summary>
    public const string AkScheme = "ak.scheme";

    /// <summary><c>ak.key</c>: Are its numbers those of a key?</summary>
    public const string AkKey = "ak.key";

    /// <summary><c>ak.weak-key</c>: Was it not generated with CVE-2017-15361 (ROCA)?</summary>
    public const string AkWeakKey = "ak.weak-key";

    /// <summary><c>ak.parent</c>: Where it was not created under the endorsement key: is the parent that is named a storage key that stays in its TPM, with a Name made with SHA-2, and is it allowed to be the parent?</summary>
    public const string AkParent = "ak.parent";

    /// <summary><c>ak.allowed</c>: Is it of a kind that <c>AttestationKeys</c> of the options allows?</summary>
    public const string AkAllowed = "ak.allowed";

    /// <summary><c>enrollment.node</c>: Is the node's name well formed: 1 to 128 of letters, digits and <c>. _ : -</c>, beginning with a letter or digit?</summary>
    public const string EnrollmentNode = "enrollment.node";

    /// <summary><c>enrollment.node-free</c>: Has the node no device yet, or has an operator granted that it is enrolled anew?</summary>
    public const string EnrollmentNodeFree = "enrollment.node-free";

    /// <summary><c>enrollment.ek-free</c>: Is the endorsement key of no device yet, or of the one that is enrolled anew?</summary>
    public const string EnrollmentEkFree = "enrollment.ek-free";

    /// <summary><c>enrollment.unchanged</c>: Are both still as free as they were when the enrolment was begun: nothing was removed, replaced, retired or revoked since, and no grant withdrawn?</summary>
    public const string EnrollmentUnchanged = "enrollment.unchanged";

    /// <summary><c>credential.secret</c>: Was the proof made, for this node, with the secret that only the TPM with both keys can open?</summary>
    public const string CredentialSecret = "credential.secret";

    /// <summary><c>challenge.capacity</c>: Is there room for one more unanswered challenge, in all and from this source?</summary>
    public const string ChallengeCapacity = "challenge.capacity";

    /// <summary><c>challenge.known</c>: Was this challenge issued here for this purpose, and is it answered for the first time?</summary>
    public const string ChallengeKnown = "challenge.known";

    /// <summary><c>challenge.fresh</c>: Has it not expired?</summary>
    public const string ChallengeFresh = "challenge.fresh";

    /// <summary><c>device.enrolled</c>: Has the node a device?</summary>
    public const string DeviceEnrolled = "device.enrolled";

    /// <summary><c>device.active</c>: Is it in service: neither retired nor revoked?</summary>
    public const string DeviceActive = "device.active";

    /// <summary><c>device.unchanged</c>: Is that device still the one that was challenged, and could its record be brought up to date?</summary>
    public const string DeviceUnchanged = "device.unchanged";

    /// <summary><c>evidence.form</c>: Are the attestation and the signature well-formed TPM structures?</summary>
    public const string EvidenceForm = "evidence.form";

    /// <summary><c>signature.algorithm</c>: Does the signature name the algorithm that the enrolled key has?</summary>
    public const string SignatureAlgorithm = "signature.algorithm";

    /// <summary><c>signature.valid</c>: Is it the enrolled key's signature over exactly the bytes received?</summary>
    public const string SignatureValid = "signature.valid";

    /// <summary><c>quote.magic</c>: Was the quote made inside a TPM?</summary>
    public const string QuoteMagic = "quote.magic";

    /// <summary><c>quote.type</c>: Is the attestation a quote?</summary>
    public const string QuoteType = "quote.type";

    /// <summary><c>quote.nonce</c>: Does it carry this challenge's nonce?</summary>
    public const string QuoteNonce = "quote.nonce";

    /// <summary><c>quote.signer</c>: Was it signed by the enrolled key, under its endorsement key or the storage root key that it was enrolled with?</summary>
    public const string QuoteSigner = "quote.signer";

    /// <summary><c>quote.pcr-selection</c>: Is it over exactly the PCRs and banks that were asked for?</summary>
    public const string QuotePcrSelection = "quote.pcr-selection";

    /// <summary><c>quote.pcr-digest</c>: Are the PCR values that came along the ones that were quoted?</summary>
    public const string QuotePcrDigest = "quote.pcr-digest";

    /// <summary><c>quote.pcr-policy</c>: Has every PCR of which <c>PcrPolicy</c> speaks one of the values that it allows?</summary>
    public const string QuotePcrPolicy = "quote.pcr-policy";

    /// <summary><c>quote.clock</c>: Did the boot counters (resetCount, restartCount, clock) not go back since the last verified quote?</summary>
    public const string QuoteClock = "quote.clock";

    /// <summary><c>quote.clock-safe</c>: Flagged, or refused where <c>UnsafeClock</c> says so, when the TPM lost power without TPM2_Shutdown, so that its clock may have gone back.</summary>
    public const string QuoteClockSafe = "quote.clock-safe";

    /// <summary><c>attestation.magic</c>: Was the certification, of a key or an NV index, or the time attestation made inside a TPM?</summary>
    public const string AttestationMagic = "attestation.magic";

    /// <summary><c>attestation.type</c>: Is the attestation of the kind that was asked for?</summary>
    public const string AttestationType = "attestation.type";

    /// <summary><c>attestation.nonce</c>: Does it carry this challenge's nonce?</summary>
    public const string AttestationNonce = "attestation.nonce";

    /// <summary><c>attestation.signer</c>: Was it signed by the enrolled key, under its endorsement key or the storage root key that it was enrolled with?</summary>
    public const string AttestationSigner = "attestation.signer";

    /// <summary><c>attestation.clock</c>: Did the boot counters (resetCount, restartCount, clock) not go back since they were last seen, where the caller told?</summary>
    public const string AttestationClock = "attestation.clock";

    /// <summary><c>attestation.clock-safe</c>: Flagged where the caller told when they were last seen, and the TPM lost power without TPM2_Shutdown, so that its clock may have gone back.</summary>
    public const string AttestationClockSafe = "attestation.clock-safe";

    /// <summary><c>certified.form</c>: Is the public area of the certified key well formed?</summary>
    public const string CertifiedForm = "certified.form";

    /// <summary><c>certified.name</c>: Is the certified key the one whose public area came along?</summary>
    public const string CertifiedName = "certified.name";

    /// <summary><c>certified.qualified-name</c>: Is the certified key a child of the expected parent?</summary>
    public const string CertifiedQualifiedName = "certified.qualified-name";

    /// <summary><c>certified.name-alg</c>: Is its Name made with SHA-256, SHA-384 or SHA-512?</summary>
    public const string CertifiedNameAlg = "certified.name-alg";

    /// <summary><c>certified.fixed-tpm</c>: Can it not leave its TPM?</summary>
    public const string CertifiedFixedTpm = "certified.fixed-tpm";

    /// <summary><c>certified.fixed-parent</c>: Can it not be moved to another parent?</summary>
    public const string CertifiedFixedParent = "certified.fixed-parent";

    /// <summary><c>certified.sensitive-data-origin</c>: Did the TPM itself make it?</summary>
    public const string CertifiedSensitiveDataOrigin = "certified.sensitive-data-origin";

    /// <summary><c>certified.restricted</c>: Is it an application's key, and not restricted as attestation keys and storage keys are?</summary>
    public const string CertifiedRestricted = "certified.restricted";

    /// <summary><c>certified.usage</c>: Does it sign, or decrypt, as expected, and not both?</summary>
    public const string CertifiedUsage = "certified.usage";

    /// <summary><c>certified.key</c>: Are its numbers those of a key?</summary>
    public const string CertifiedKey = "certified.key";

    /// <summary><c>time.clock</c>: Did the boot counters (resetCount, restartCount, clock) not go back since they were last seen?</summary>
    public const string TimeClock = "time.clock";

    /// <summary><c>time.clock-safe</c>: Flagged when the TPM lost power without TPM2_Shutdown, so that its clock may have gone back.</summary>
    public const string TimeClockSafe = "time.clock-safe";

    /// <summary><c>nv.name</c>: Is the certified NV index the expected one, with its attributes, policy and size, and a Name made with SHA-2?</summary>
    public const string NVName = "nv.name";

    /// <summary><c>nv.range</c>: Are the certified contents the part of the index that was asked for?</summary>
    public const string NVRange = "nv.range";

    /// <summary><c>nv.contents</c>: Are they what is expected, where something is?</summary>
    public const string NVContents = "nv.contents";

    /// <summary><c>verdict.form</c>: Is every finding of a verdict that was received there?</summary>
    internal const string VerdictForm = "verdict.form";
}
