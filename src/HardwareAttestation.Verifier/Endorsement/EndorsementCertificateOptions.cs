using System.Buffers;

namespace HardwareAttestation.Verifier;

/// <summary>
/// What is accepted of endorsement key certificates besides what is right by itself. By default that is nothing, but for two things that few certificates let be known, and that are flagged: whether a
/// certificate is revoked where no list tells (<see cref="UnknownRevocation"/>), and firmware that may have been updated since (<see cref="VulnerableFirmware"/>).
/// </summary>
public sealed class EndorsementCertificateOptions
{
    private const int FingerprintDigits = 64;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>
    /// Whether certificates of endorsement keys that have expired are accepted and flagged. Makers issue a certificate once, for a chip that may outlive it. Certificates of issuers and
    /// certificates that are not yet valid are refused all the same.
    /// </summary>
    public bool AllowExpiredLeaf { get; set; }

    /// <summary>
    /// Which kinds of TPM are accepted: chips, firmware and those of which the kind is not known, unless some are taken out or added. At least one is needed. All but
    /// <see cref="EndorsementTrustClass.DiscreteHardware"/> and <see cref="EndorsementTrustClass.FirmwareHardware"/> are flagged where they are accepted. Those of a cloud or a hypervisor are as good as their host.
    /// <see cref="EndorsementTrustClass.SoftwareEmulator"/> is for tests and laboratories.
    /// </summary>
    /// <remarks>A TPM without a certificate has no kind: whether it is accepted is said by <see cref="AttestationVerifierOptions.TrustOnFirstUse"/> alone.</remarks>
    public ISet<EndorsementTrustClass> AllowedTrustClasses { get; } = new HashSet<EndorsementTrustClass>
    {
        EndorsementTrustClass.DiscreteHardware, EndorsementTrustClass.FirmwareHardware, EndorsementTrustClass.Unknown,
    };

    /// <summary>
    /// Issuers whose signatures with SHA-1 are accepted and flagged: the SHA-256 fingerprints of their certificates, in hexadecimal. Accepted are then the signature on that
    /// certificate and the signatures that it made. A root's signature on itself needs no allowance.
    /// </summary>
    public ISet<string> Sha1IssuerFingerprints { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Keys of roots that are trusted, whichever certificate has them: the SHA-256 of the root's SubjectPublicKeyInfo in DER, in hexadecimal. A self-signed certificate with such a
    /// key, among the intermediates or along with a request, is an anchor.
    /// </summary>
    public ISet<string> AnchorKeyFingerprints { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Certificate revocation lists (RFC 5280) in DER. A list is used if it is signed by the issuer of the certificate that is looked up.</summary>
    public IList<ReadOnlyMemory<byte>> RevocationLists { get; } = [];

    /// <summary>What becomes of a certificate if no list at hand tells whether it is revoked. The default is to flag.</summary>
    public PolicyAction UnknownRevocation { get; set; } = PolicyAction.Flag;

    /// <summary>
    /// What becomes of a TPM whose certificate names firmware that is known to be broken. The default is to flag: a certificate tells the firmware that the chip was made
    /// with, and not an update.
    /// </summary>
    public PolicyAction VulnerableFirmware { get; set; } = PolicyAction.Flag;

    /// <summary>Says what is wrong with the options.</summary>
    internal IEnumerable<string> FindFaults()
    {
        if (AllowedTrustClasses.Count == 0)
        {
            yield return $"{nameof(AllowedTrustClasses)} is empty: no TPM would be accepted.";
        }

        foreach (EndorsementTrustClass trustClass in AllowedTrustClasses.Where(trustClass => !Enum.IsDefined(trustClass)))
        {
            yield return $"{nameof(AllowedTrustClasses)} has {trustClass}, which is not a kind of TPM.";
        }

        foreach (string fault in PolicyActions.FindFaults((nameof(UnknownRevocation), UnknownRevocation), (nameof(VulnerableFirmware), VulnerableFirmware)))
        {
            yield return fault;
        }

        foreach ((string name, ISet<string> fingerprints) in new[]
        {
            (nameof(Sha1IssuerFingerprints), Sha1IssuerFingerprints),
            (nameof(AnchorKeyFingerprints), AnchorKeyFingerprints),
        })
        {
            foreach (string fingerprint in fingerprints.Where(value => value is null || value.Length != FingerprintDigits || value.AsSpan().ContainsAnyExcept(HexDigits)))
            {
                yield return $"{name} has '{fingerprint}', which is not a SHA-256 in {FingerprintDigits} hexadecimal digits.";
            }
        }

        for (int i = 0; i < RevocationLists.Count; i++)
        {
            if (RevocationList.TryParse(RevocationLists[i]) is null)
            {
                yield return $"{nameof(RevocationLists)}[{i}] is not a certificate revocation list in DER.";
            }
        }
    }

    /// <summary>A copy that its owner's changes do not reach.</summary>
    internal EndorsementCertificateOptions Copy()
    {
        EndorsementCertificateOptions copy = new()
        {
            AllowExpiredLeaf = AllowExpiredLeaf,
            UnknownRevocation = UnknownRevocation,
            VulnerableFirmware = VulnerableFirmware,
        };
        copy.AllowedTrustClasses.Clear();
        copy.AllowedTrustClasses.UnionWith(AllowedTrustClasses);
        copy.Sha1IssuerFingerprints.UnionWith(Sha1IssuerFingerprints);
        copy.AnchorKeyFingerprints.UnionWith(AnchorKeyFingerprints);
        foreach (ReadOnlyMemory<byte> list in RevocationLists)
        {
            copy.RevocationLists.Add(list.ToArray());
        }

        return copy;
    }
}
