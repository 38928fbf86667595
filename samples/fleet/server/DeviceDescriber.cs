using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Server.Endpoints;
using Fleet.Server.Storage;
using HardwareAttestation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Options;

namespace Fleet.Server;

/// <summary>
/// Tells operators all about a device: its keys, and what its certificate says, judged anew, by what is trusted now, and at this time. What is damaged in the database is named, and logged once;
/// the rest is told all the same.
/// </summary>
internal sealed class DeviceDescriber(IOptions<AttestationVerifierOptions> options, TimeProvider timeProvider, ILogger<DeviceDescriber> logger)
{
    private const string AttestationPublic = "attestationPublic";
    private const string EndorsementPublic = "endorsementPublic";
    private const string EndorsementCertificate = "endorsementCertificate";

    private readonly EndorsementCertificateValidator _validator = new(
        options.Value.TrustAnchors, options.Value.Intermediates, options.Value.EndorsementCertificates, timeProvider);

    private readonly ConcurrentDictionary<(string EnrollmentId, string Damage), bool> _logged = new();

    public DeviceDetails Describe(DeviceView view)
    {
        List<string> damage = [.. view.Damage];
        TpmtPublic? attestationKey = Parse(view.Record.AttestationPublic, AttestationPublic, damage);
        string? name = attestationKey is null ? null : Convert.ToHexStringLower(attestationKey.ComputeName().Bytes.Span);
        CertificateDescription? certificate = DescribeCertificate(view.Record, damage);
        foreach (string part in damage)
        {
            if (_logged.TryAdd((view.Record.EnrollmentId, part), true))
            {
                FleetLog.DeviceDamaged(logger, view.Record.NodeId, part);
            }
        }

        return new DeviceDetails(Device.Of(view), certificate, view.Record, name, damage);
    }

    // Null for a machine that was trusted on first use, without a certificate.
    private CertificateDescription? DescribeCertificate(DeviceRecord device, List<string> damage)
    {
        if (Parse(device.EndorsementPublic, EndorsementPublic, damage) is not { } endorsementKey || device.IsTrustedOnFirstUse)
        {
            return null;
        }

        EndorsementCertificateResult result = _validator.Validate(
            device.EndorsementCertificate.Span, device.EndorsementCertificateChain, endorsementKey, timeProvider.GetUtcNow());
        if (result.Verdict.Refusals.Any(finding => finding.Check == CheckIds.EkCertificateForm))
        {
            damage.Add(EndorsementCertificate);
        }

        (string? subject, string? serialNumber, DateTimeOffset? notAfter) = Read(device.EndorsementCertificate.Span);
        return new CertificateDescription(
            subject, result.Chain, result.TrustClass, result.Manufacturer, result.Model, result.FirmwareVersion, serialNumber, notAfter, result.Verdict);
    }

    private static TpmtPublic? Parse(ReadOnlyMemory<byte> stored, string part, List<string> damage)
    {
        try
        {
            return TpmWire.Parse<TpmtPublic>(stored.Span);
        }
        catch (TpmFormatException)
        {
            damage.Add(part);
            return null;
        }
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
