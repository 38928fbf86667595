using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The result of validating an endorsement key certificate.</summary>
/// <remarks>
/// What it tells besides the verdict is what the certificate says of itself. Of a certificate that is refused these are claims, which anybody can make: they are for an operator who looks for the reason, and
/// nothing may be decided by them.
/// </remarks>
public sealed class EndorsementCertificateResult
{
    internal EndorsementCertificateResult(Verdict verdict, EndorsementCertificateFacts facts)
    {
        Verdict = verdict;
        Chain = facts.Chain;
        TrustClass = facts.TrustClass;
        Manufacturer = facts.Identity?.Manufacturer;
        ManufacturerId = facts.Identity?.ManufacturerId is { } id ? new TpmManufacturerId(id) : null;
        Model = facts.Identity?.Model;
        FirmwareVersion = facts.Identity?.FirmwareVersion;
        Subject = facts.Leaf?.Subject;
        SerialNumber = facts.Leaf?.SerialNumber;
        NotAfter = facts.Leaf?.NotAfter;
    }

    /// <summary>The verdict.</summary>
    public Verdict Verdict { get; }

    /// <summary>
    /// The certificates of the chain that was built, in DER, from the leaf to the trust anchor; empty if none leads there. A chain may hold and yet be refused, for a weak signature for instance: then it
    /// tells which certificate that is.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; }

    /// <summary>What kind of TPM the certificate is for. <see cref="EndorsementTrustClass.Unknown"/> if no chain held, unless it is certainly not hardware.</summary>
    public EndorsementTrustClass TrustClass { get; }

    /// <summary>The TPM's manufacturer in words, e.g. <c>Infineon</c>; its id, e.g. <c>id:12345678</c>, if it is not known here; null if the certificate does not tell.</summary>
    public string? Manufacturer { get; }

    /// <summary>The TPM's manufacturer as its TPM tells it too (TPM_PT_MANUFACTURER); null if the certificate does not tell exactly one.</summary>
    public TpmManufacturerId? ManufacturerId { get; }

    /// <summary>The TPM's model; null if the certificate does not tell.</summary>
    public string? Model { get; }

    /// <summary>The TPM's firmware version when it was made, as the certificate has it, e.g. <c>id:00010102</c>; null if it does not tell.</summary>
    public string? FirmwareVersion { get; }

    /// <summary>The certificate's subject, on one line and cut if it is very long; often empty, as the TPM is named elsewhere in it. Null if the certificate cannot be read.</summary>
    public string? Subject { get; }

    /// <summary>The certificate's serial number in upper-case hexadecimal, most significant byte first; null if the certificate cannot be read.</summary>
    public string? SerialNumber { get; }

    /// <summary>Until when the certificate is valid, in UTC; null if the certificate cannot be read or does not tell.</summary>
    public DateTimeOffset? NotAfter { get; }
}

/// <summary>What a validation found out besides its findings.</summary>
internal sealed record EndorsementCertificateFacts(IReadOnlyList<ReadOnlyMemory<byte>> Chain, EndorsementTrustClass TrustClass, TpmIdentity? Identity, LeafNames? Leaf)
{
    public static readonly EndorsementCertificateFacts None = new([], EndorsementTrustClass.Unknown, null, null);
}

/// <summary>By what an operator knows a certificate.</summary>
internal sealed record LeafNames(string Subject, string SerialNumber, DateTimeOffset? NotAfter)
{
    private const int LongestSubject = 256;

    public static LeafNames Of(X509Certificate2 leaf) => new(PlainText.Of(leaf.Subject, LongestSubject), leaf.SerialNumber, CertificateDates.NotAfter(leaf));
}
