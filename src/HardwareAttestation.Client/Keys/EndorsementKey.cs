using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>An endorsement key of this machine's TPM, as it was found: which key it is, and the certificate that its maker stored.</summary>
/// <remarks>This describes the key and holds nothing inside the TPM.</remarks>
public sealed class EndorsementKey
{
    private readonly byte[] _certificate;

    /// <summary>
    /// Initializes an endorsement key of which public area and certificate are known, as tests and whoever keeps them need it; <see cref="AttestationClient.GetEndorsementKeyAsync"/>
    /// finds the one of a machine. A client that is given a key which its TPM does not have refuses it.
    /// </summary>
    /// <param name="template">The template that the key was made from.</param>
    /// <param name="publicArea">The public area.</param>
    /// <param name="certificate">The X.509 certificate in DER, copied; empty for none.</param>
    /// <param name="certificateChain">Certificates of its issuers in DER; null for none.</param>
    /// <exception cref="ArgumentException">A key with this public area cannot be used as an endorsement key of the template; the message says why.</exception>
    /// <exception cref="EndorsementKeyException">The certificate cannot be read, or is of another key.</exception>
    public EndorsementKey(
        EndorsementKeyTemplate template,
        TpmtPublic publicArea,
        ReadOnlySpan<byte> certificate = default,
        IReadOnlyList<ReadOnlyMemory<byte>>? certificateChain = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(publicArea);
        if (EndorsementKeyPolicy.FindFault(publicArea, template) is { } fault)
        {
            throw new ArgumentException($"This is no {template} endorsement key: {fault}.", nameof(publicArea));
        }

        if (!certificate.IsEmpty && !EndorsementCertificate.IsOf(publicArea, certificate))
        {
            throw new EndorsementKeyException($"The certificate is not of this {template} endorsement key.");
        }

        Template = template;
        Public = publicArea;
        Name = publicArea.ComputeName();
        _certificate = certificate.ToArray();
        CertificateChain = [.. certificateChain ?? []];
    }

    internal EndorsementKey(
        EndorsementKeyTemplate template,
        TpmtPublic publicArea,
        byte[] certificate,
        TpmHandle? persistentHandle,
        IReadOnlyList<ReadOnlyMemory<byte>> certificateChain,
        Uri? publishedCertificateAddress)
    {
        Template = template;
        Public = publicArea;
        Name = publicArea.ComputeName();
        _certificate = certificate;
        PersistentHandle = persistentHandle;
        CertificateChain = certificateChain;
        PublishedCertificateAddress = publishedCertificateAddress;
    }

    /// <summary>The template that the key was made from. A TPM's maker may deviate from it in details: what the key is stands in <see cref="Public"/>.</summary>
    public EndorsementKeyTemplate Template { get; }

    /// <summary>The public area.</summary>
    public TpmtPublic Public { get; }

    /// <summary>The Name, computed from <see cref="Public"/>.</summary>
    public TpmName Name { get; }

    /// <summary>The X.509 certificate in DER, NV padding removed; empty where the TPM stores none for this template.</summary>
    public ReadOnlyMemory<byte> Certificate => _certificate;

    /// <summary>
    /// The certificates of issuers that the TPM stores (NV indices 0x01c00100 to 0x01c001ff), X.509 in DER, as far as an enrolment request may carry them; empty where it
    /// stores none. They are not verified here.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> CertificateChain { get; }

    /// <summary>
    /// Where the TPM's maker may publish the certificate, for a key that the TPM stores none for; null where it stores one, and for makers that publish none. Nothing is
    /// fetched: see <see cref="EndorsementCertificateAddress"/> for what it answers, and <see cref="WithCertificate"/>.
    /// </summary>
    public Uri? PublishedCertificateAddress { get; }

    /// <summary>The persistent handle where the key is, or null where it is created each time it is needed.</summary>
    public TpmHandle? PersistentHandle { get; }

    /// <summary>Gives the same key with a certificate from elsewhere, such as <see cref="PublishedCertificateAddress"/>.</summary>
    /// <param name="certificate">The X.509 certificate in DER; copied.</param>
    /// <param name="certificateChain">Certificates of its issuers in DER, to send along; null for those that the TPM stores.</param>
    /// <returns>The key with the certificate.</returns>
    /// <exception cref="EndorsementKeyException">The certificate cannot be read, or is of another key.</exception>
    public EndorsementKey WithCertificate(ReadOnlySpan<byte> certificate, IReadOnlyList<ReadOnlyMemory<byte>>? certificateChain = null)
    {
        if (!EndorsementCertificate.IsOf(Public, certificate))
        {
            throw new EndorsementKeyException($"The certificate is not of this {Template} endorsement key: it is that of another TPM, or of another key of this one.");
        }

        return new EndorsementKey(Template, Public, certificate.ToArray(), PersistentHandle, [.. certificateChain ?? CertificateChain], null);
    }
}
