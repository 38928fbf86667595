using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Checks;

/// <summary>For each check of an endorsement key's certificate, one in which everything else is right.</summary>
internal static class CertificateScenarios
{
    private const string Infineon = "id:49465800";

    public static readonly Dictionary<string, Func<Task<Verdict>>> Table = new()
    {
        [CheckIds.EkCertificatePresent] = () => AskAsync((fleet, tpm) => fleet.AskAsync(tpm, certificate: [])),
        [CheckIds.EkCertificateForm] = () => AskAsync((fleet, tpm) => fleet.AskAsync(tpm, certificate: [.. tpm.Certificate, 0])),
        [CheckIds.EkCertificateIssuers] = () => AskAsync(
            (fleet, tpm) => fleet.AskAsync(tpm, chain: [.. Enumerable.Repeat(fleet.Root.Certificate.RawData, EnrollmentRequest.MaximumChainLength + 1)])),
        [CheckIds.EkCertificateKey] = () => AskAsync((fleet, tpm) => fleet.AskAsync(tpm, certificate: fleet.CreateTpm().Certificate)),
        [CheckIds.EkCertificateChain] = () => AskAsync((fleet, tpm) =>
        {
            using TestAuthority stranger = TestAuthority.CreateRoot();
            return fleet.AskAsync(tpm, certificate: stranger.Issue(tpm.EndorsementKey, SpotlessFleet.Chip));
        }),
        [CheckIds.EkCertificateValidity] = () => IssuedAsync(SpotlessFleet.Chip with { NotAfter = ManualTimeProvider.Start.AddDays(-1) }),
        [CheckIds.EkCertificateUsage] = () => IssuedAsync(SpotlessFleet.Chip with { ExtendedKeyUsages = [CertificateDetails.AttestationKeyUsage] }),
        [CheckIds.EkCertificateNotCa] = () => IssuedAsync(SpotlessFleet.Chip with { IsAuthority = true }),
        [CheckIds.EkCertificateIdentity] = () => NamedAsync(TpmNames.Build(
            [[(TpmNames.Manufacturer, Infineon)], [(TpmNames.Model, "M")], [(TpmNames.Model, "M")], [(TpmNames.Version, "id:00100010")]])),
        [CheckIds.EkCertificateTrustClass] = () => NamedAsync(TpmNames.OneSet("id:00001014", "M", "id:00100010")),
        [CheckIds.EkCertificateFirmware] = () => NamedAsync(
            TpmNames.OneSet(Infineon, "M", "id:053D"), options => options.EndorsementCertificates.VulnerableFirmware = PolicyAction.Refuse),
        [CheckIds.EkCertificateRevocation] = Revoked,
        [CheckIds.EkCertificateAlgorithms] = () => UnderAsync(root => root.CreateIntermediate(generator: root.SignWith("sha1"))),
        [CheckIds.EkCertificateWeakKey] = () => UnderAsync(root => root.CreateIntermediate(key: RocaKey.Create())),
    };

    private static async Task<Verdict> AskAsync(Func<SpotlessFleet, SoftwareTpm, Task<Verdict>> ask)
    {
        using SpotlessFleet fleet = new();
        return await ask(fleet, fleet.CreateTpm());
    }

    private static Task<Verdict> NamedAsync(byte[] name, Action<AttestationVerifierOptions>? configure = null) =>
        IssuedAsync(SpotlessFleet.Chip with { TpmName = name }, configure);

    private static async Task<Verdict> IssuedAsync(CertificateDetails details, Action<AttestationVerifierOptions>? configure = null)
    {
        using SpotlessFleet fleet = new(configure);
        SoftwareTpm tpm = fleet.CreateTpm();
        return await fleet.AskAsync(tpm, certificate: fleet.Root.Issue(tpm.EndorsementKey, details));
    }

    private static async Task<Verdict> Revoked()
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Ecc();
        using TestAuthority root = TestAuthority.CreateRoot();
        byte[] certificate = root.Issue(key, SpotlessFleet.Chip);
        using SpotlessFleet fleet = new(options =>
        {
            options.TrustAnchors.Add(root.Certificate);
            options.EndorsementCertificates.RevocationLists.Add(SpotlessFleet.ListOf(root, certificate));
        });
        return await fleet.AskAsync(certificate: certificate, endorsementPublic: key.Public);
    }

    /// <summary>A certificate under an issuer, with lists of the issuer and of the root.</summary>
    private static async Task<Verdict> UnderAsync(Func<TestAuthority, TestAuthority> issue)
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Ecc();
        using TestAuthority root = TestAuthority.CreateRoot("CN=Another Root", key: TestKeys.Rsa(2048));
        using TestAuthority issuer = issue(root);
        using SpotlessFleet fleet = new(options =>
        {
            options.TrustAnchors.Add(root.Certificate);
            options.Intermediates.Add(issuer.Certificate);
            options.EndorsementCertificates.RevocationLists.Add(SpotlessFleet.ListOf(root));
            options.EndorsementCertificates.RevocationLists.Add(SpotlessFleet.ListOf(issuer));
        });
        return await fleet.AskAsync(certificate: issuer.Issue(key, SpotlessFleet.Chip), endorsementPublic: key.Public);
    }
}
