using System.Security.Cryptography.X509Certificates;
using Fleet.Server.Endpoints;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Options;

namespace Fleet.Server;

/// <summary>Tells operators what an enrolled machine's certificate says, judged anew: by what is trusted now, and at this time.</summary>
internal sealed class CertificateDescriber(IOptions<AttestationVerifierOptions> options, TimeProvider timeProvider)
{
    private readonly EndorsementCertificateValidator _validator = new(
        options.Value.TrustAnchors, options.Value.Intermediates, options.Value.EndorsementCertificates, timeProvider);

    /// <returns>Null for a machine that was trusted on first use, without a certificate.</returns>
    public CertificateDescription? Describe(DeviceRecord device)
    {
        if (device.IsTrustedOnFirstUse)
        {
            return null;
        }

        EndorsementCertificateResult result = _validator.Validate(
            device.EndorsementCertificate.Span, TpmWire.Parse<TpmtPublic>(device.EndorsementPublic.Span), device.EndorsementCertificateChain);
        return new CertificateDescription(
            result.Subject,
            [.. result.Chain.Select(SubjectOf)],
            result.TrustClass,
            result.Manufacturer,
            result.Model,
            result.FirmwareVersion,
            result.SerialNumber,
            result.NotAfter,
            result.Verdict);
    }

    private static string SubjectOf(ReadOnlyMemory<byte> der)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return certificate.Subject;
    }
}
