using HardwareAttestation.Verifier;

namespace Fleet.Server;

/// <summary>Which TPMs the fleet's owner trusts.</summary>
internal sealed class FleetTrust
{
    private readonly FleetOptions _options;
    private readonly EndorsementTrust _trust;

    private FleetTrust(FleetOptions options, EndorsementTrust trust)
    {
        _options = options;
        _trust = trust;
    }

    /// <exception cref="FleetOptionsException">A folder cannot be read, or nothing is trusted.</exception>
    public static FleetTrust Load(FleetOptions options)
    {
        try
        {
            EndorsementTrust trust = EndorsementTrust.Load([.. options.TrustPaths]);
            return trust.Anchors.Count > 0 || options.VendorRoots
                ? new FleetTrust(options, trust)
                : throw new FleetOptionsException("Fleet:TrustPaths has no root certificate: no TPM would be accepted.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FleetOptionsException($"Fleet:TrustPaths cannot be read: {exception.Message}", exception);
        }
    }

    public void Configure(AttestationVerifierOptions verifier)
    {
        verifier.AddTrust(_trust);
        if (_options.AllowSoftwareTpms)
        {
            verifier.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
        }

        if (_options.VendorRoots)
        {
            verifier.UseVendorRoots();
        }
    }
}
