using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Server.Endpoints;
using HardwareAttestation.Verifier;

namespace Fleet.Server;

/// <summary>Tells operators what an enrolled machine's certificate says, judged anew: by what is trusted now, and at this time.</summary>
internal sealed class CertificateDescriber(AttestationVerifier verifier)
{
    /// <returns>Null for a machine that was trusted on first use, without a certificate.</returns>
    public async Task<CertificateDescription?> DescribeAsync(DeviceRecord device, CancellationToken cancellationToken)
    {
        if (await verifier.ReassessAsync(device, cancellationToken) is not { } result)
        {
            return null;
        }

        (string? subject, string? serialNumber, DateTimeOffset? notAfter) = Read(device.EndorsementCertificate.Span);
        return new CertificateDescription(
            subject, result.Chain, result.TrustClass, result.Manufacturer, result.Model, result.FirmwareVersion, serialNumber, notAfter, result.Verdict);
    }

    // Endorsement certificates' subjects are often empty: the subjectAltName names the TPM.
    private static (string? Subject, string? SerialNumber, DateTimeOffset? NotAfter) Read(ReadOnlySpan<byte> der)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            return (certificate.Subject, certificate.SerialNumber, certificate.NotAfter.ToUniversalTime());
        }
        catch (CryptographicException)
        {
            return default;
        }
    }
}
