using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>Judges what a certificate says of its TPM: whether it says it well, what kind of TPM it is, and whether its firmware is known to be broken.</summary>
internal static class TpmKindPolicy
{
    /// <summary>Records what it finds.</summary>
    /// <param name="identity">What the certificate says.</param>
    /// <param name="chain">Leaf, issuers, root; empty if no chain holds.</param>
    /// <param name="options">What is allowed.</param>
    /// <param name="findings">Where it is recorded.</param>
    /// <returns>The class.</returns>
    public static EndorsementTrustClass Judge(
        TpmIdentity identity, X509Certificate2[] chain, EndorsementCertificateOptions options, FindingList findings)
    {
        if (identity.Fault is null)
        {
            findings.Check(CheckIds.EkCertificateIdentity, true, "The certificate names the TPM's manufacturer, model and firmware version.", string.Empty);
        }
        else
        {
            findings.Flag(CheckIds.EkCertificateIdentity, $"The certificate does not name its TPM as it should: {identity.Fault}.");
        }

        JudgeFirmware(identity, options.VulnerableFirmware, findings);

        // The issuers' names too: who sets up an emulator chooses what its certificates say, and its authority's name less often.
        EndorsementTrustClass trustClass = chain
            .Select(certificate => TpmManufacturers.Classify(certificate.Subject))
            .Append(chain.Length == 0 ? EndorsementTrustClass.Unknown : EndorsementTrustClass.DiscreteHardware)
            .Append(identity.TrustClass)
            .Worst();
        JudgeClass(trustClass, identity, options, findings);
        return trustClass;
    }

    private static void JudgeFirmware(TpmIdentity identity, PolicyAction action, FindingList findings)
    {
        if (identity is not { ManufacturerId: { } manufacturer, FirmwareVersion: { } text } || !TpmIdentity.TryParseVersion(text, out FirmwareVersion version))
        {
            return;
        }

        string? vulnerability = VulnerableFirmware.Find(manufacturer, version);
        findings.Check(
            CheckIds.EkCertificateFirmware,
            vulnerability is null,
            action,
            $"No vulnerability of the firmware {version} of {identity.Manufacturer} is known here.",
            $"The TPM was made with firmware {version} of {identity.Manufacturer}, which has {vulnerability}, unless it was updated since.");
    }

    private static void JudgeClass(EndorsementTrustClass trustClass, TpmIdentity identity, EndorsementCertificateOptions options, FindingList findings)
    {
        string maker = identity.Manufacturer ?? "a manufacturer that is not named";
        string kind = trustClass switch
        {
            EndorsementTrustClass.DiscreteHardware => "a TPM chip",
            EndorsementTrustClass.FirmwareHardware => "a TPM in a processor's firmware",
            EndorsementTrustClass.CloudVirtual => "a virtual TPM, which its host can read",
            EndorsementTrustClass.SoftwareEmulator => "a software TPM, which whoever runs it can read",
            _ => "a TPM of a kind that is not known here",
        };
        if (!options.AllowedTrustClasses.Contains(trustClass))
        {
            findings.Refuse(
                CheckIds.EkCertificateTrustClass,
                $"The certificate is for {kind}, by {maker}, and {nameof(EndorsementCertificateOptions.AllowedTrustClasses)} has no {trustClass}.");
        }
        else if (trustClass is EndorsementTrustClass.DiscreteHardware or EndorsementTrustClass.FirmwareHardware)
        {
            findings.Check(CheckIds.EkCertificateTrustClass, true, $"The certificate is for {kind}, by {maker}.", string.Empty);
        }
        else
        {
            findings.Flag(CheckIds.EkCertificateTrustClass, $"The certificate is for {kind}, by {maker}.");
        }
    }
}
