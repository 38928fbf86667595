using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Fleet.Server.Endpoints;
using Fleet.Server.Storage;
using HardwareAttestation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace Fleet.Server;

/// <summary>
/// Tells operators all about a device: its keys, and what its certificate says, judged anew, by what is trusted now, and at this time. What is damaged in the database is named, and logged once;
/// the rest is told all the same.
/// </summary>
internal sealed class DeviceDescriber(AttestationVerifier verifier, ILogger<DeviceDescriber> logger)
{
    private const string AttestationPublic = "attestationPublic";
    private const string EndorsementPublic = "endorsementPublic";
    private const string EndorsementCertificate = "endorsementCertificate";

    private readonly ConcurrentDictionary<(string EnrollmentId, string Damage), bool> _logged = new();

    public async Task<DeviceDetails> DescribeAsync(DeviceView view, CancellationToken cancellationToken)
    {
        List<string> damage = [.. view.Damage];
        string? name = Name(view.Record.AttestationPublic, AttestationPublic, damage);
        CertificateDescription? certificate = await DescribeCertificateAsync(view.Record, damage, cancellationToken);
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
    private async Task<CertificateDescription?> DescribeCertificateAsync(DeviceRecord device, List<string> damage, CancellationToken cancellationToken)
    {
        if (Name(device.EndorsementPublic, EndorsementPublic, damage) is null || await verifier.ReassessAsync(device, cancellationToken) is not { } result)
        {
            return null;
        }

        if (result.Verdict.IsRefusedBy(CheckIds.EkCertificateForm))
        {
            damage.Add(EndorsementCertificate);
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

    // Damage may also be to the algorithm that the Name is made with.
    private static string? Name(ReadOnlyMemory<byte> stored, string part, List<string> damage)
    {
        try
        {
            return Convert.ToHexStringLower(TpmWire.Parse<TpmtPublic>(stored.Span).ComputeName().Bytes.Span);
        }
        catch (TpmFormatException)
        {
            damage.Add(part);
            return null;
        }
    }

    private static string SubjectOf(ReadOnlyMemory<byte> der)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return certificate.Subject;
    }
}
