using System.Reflection;

namespace HardwareAttestation.Verifier;

/// <summary>
/// The roots of TPM makers that come with this package, for <see cref="AttestationVerifierOptions.UseVendorRoots"/>, as a public collection of such roots had them. Compare the SHA-256 fingerprints of
/// <see cref="Trust"/> with the makers' own before you rely on them: what you trust is your decision.
/// </summary>
public static class VendorRoots
{
    private static readonly Lazy<EndorsementTrust> Loaded = new(Load);

    /// <summary>The roots as <see cref="EndorsementTrust.Anchors"/>, and makers' issuers that other roots have signed as <see cref="EndorsementTrust.Intermediates"/>.</summary>
    public static EndorsementTrust Trust => Loaded.Value;

    private static EndorsementTrust Load()
    {
        Assembly assembly = typeof(VendorRoots).Assembly;
        EndorsementTrustReader reader = new();
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("VendorRoots/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using Stream resource = assembly.GetManifestResourceStream(name)!;
            byte[] content = new byte[resource.Length];
            resource.ReadExactly(content);
            reader.ReadContent(name, content);
        }

        return reader.ToTrust();
    }
}
