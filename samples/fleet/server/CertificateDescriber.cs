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
