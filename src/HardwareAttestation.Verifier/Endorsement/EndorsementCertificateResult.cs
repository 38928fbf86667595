using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>The result of validating an endorsement key certificate.</summary>
/// <remarks>What it tells besides the verdict is the certificate's own word, and means something only if the verdict is positive.</remarks>
public sealed class EndorsementCertificateResult
{
    internal EndorsementCertificateResult(Verdict verdict, EndorsementCertificateFacts facts)
    {
        Verdict = verdict;
        Chain = facts.Chain;
        TrustClass = facts.TrustClass;
        Manufacturer = facts.Identity?.Manufacturer;
        Model = facts.Identity?.Model;
        FirmwareVersion = facts.Identity?.FirmwareVersion;
    }

    /// <summary>The verdict.</summary>
    public Verdict Verdict { get; }

    /// <summary>The subjects of the chain that held, leaf first; empty if none did.</summary>
    public IReadOnlyList<string> Chain { get; }

    /// <summary>What kind of TPM the certificate is for. <see cref="EndorsementTrustClass.Unknown"/> if no chain held, unless it is certainly not hardware.</summary>
    public EndorsementTrustClass TrustClass { get; }

    /// <summary>The TPM's manufacturer in words, e.g. <c>Infineon</c>; its id, e.g. <c>id:12345678</c>, if it is not known here; null if the certificate does not tell.</summary>
    public string? Manufacturer { get; }

    /// <summary>The TPM's model; null if the certificate does not tell.</summary>
    public string? Model { get; }

    /// <summary>The TPM's firmware version when it was made, as the certificate has it, e.g. <c>id:00010102</c>; null if it does not tell.</summary>
    public string? FirmwareVersion { get; }
}

/// <summary>What a validation found out besides its findings.</summary>
internal sealed record EndorsementCertificateFacts(IReadOnlyList<string> Chain, EndorsementTrustClass TrustClass, TpmIdentity? Identity)
{
    public static readonly EndorsementCertificateFacts None = new([], EndorsementTrustClass.Unknown, null);
}
