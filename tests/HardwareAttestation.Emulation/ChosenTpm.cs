using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace HardwareAttestation.Emulation;

/// <summary>
/// A TPM that somebody else runs, given what a manufacturer gives: persistent endorsement keys RSA 2048 and ECC P-384 with certificates of the tests' own
/// manufacturer in NV. It is done with tpm2-tools and the owner's empty authorisation value. A certificate that is there and is no test's own stays.
/// Microsoft's simulator, which is nobody's property, is cleared where a test has left anything else in it.
/// </summary>
internal sealed partial class ChosenTpm
{
    // What swtpm_localca calls its authority, and so the issuer of each certificate that an earlier run has left.
    private const string TestIssuer = "CN=swtpm-localca";

    private static readonly EndorsementKey[] Keys =
    [
        new("rsa", "0x81010001", "0x01c00002"),
        new("ecc384", "0x81010016", "0x01c00016"),
    ];

    private readonly string _folder;

    private readonly TpmManufacturer _manufacturer;

    private ChosenTpm(string deviceString, string folder, TpmManufacturer manufacturer)
    {
        DeviceString = deviceString;
        _folder = folder;
        _manufacturer = manufacturer;
    }

    public string DeviceString { get; }

    /// <summary>Starts the TPM, if nobody has, and gives it what it lacks.</summary>
    /// <exception cref="EmulationException">It does not answer or refuses, or has certificates of another manufacturer.</exception>
    public static async Task<ChosenTpm> PrepareAsync(string deviceString)
    {
        if (!deviceString.StartsWith("device:", StringComparison.Ordinal)
            && !deviceString.StartsWith("swtpm:", StringComparison.Ordinal)
            && SimulatorPlatform.TryParse(deviceString) is null)
        {
            throw new EmulationException(
                $"HARDWARE_ATTESTATION_TPM is {deviceString}. Choose device:/dev/tpmrm0, mssim:host=127.0.0.1,port=2321, swtpm:path=… or swtpm:host=…,port=…, "
                + "which tpm2-tools know by the same words.");
        }

        ChosenTpm tpm = new(deviceString, ProcessFolder.CreateFolder("t"), await SharedMachines.GetManufacturerAsync().ConfigureAwait(false));
        await tpm.RunAsync("tpm2_startup", ["-c"]).ConfigureAwait(false);
        await tpm.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        if (!await tpm.ClearIfAlteredAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await tpm.CertifyAsync().ConfigureAwait(false);
        }

        return tpm;
    }

    /// <summary>Undoes what the last test has done, as far as it can be undone.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await ClearIfAlteredAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task RunAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default) =>
        Tool.RunAsync(tool, arguments, _folder, cancellationToken, DeviceString);

    private async Task<bool> TryRunAsync(string tool, params string[] arguments)
    {
        try
        {
            await RunAsync(tool, arguments).ConfigureAwait(false);
            return true;
        }
        catch (EmulationException)
        {
            return false;
        }
    }

    // Sessions and objects, and the count of failed authorisations where the TPM lets us.
    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (string kind in (string[])["-t", "-l", "-s"])
        {
            await RunAsync("tpm2_flushcontext", [kind], cancellationToken).ConfigureAwait(false);
        }

        await TryRunAsync("tpm2_dictionarylockout", "-c").ConfigureAwait(false);
    }

    // Authorisation values, persistent keys, NV indices: TPM2_Clear by the platform removes them all, ours too.
    private async Task<bool> ClearIfAlteredAsync(CancellationToken cancellationToken)
    {
        if (SimulatorPlatform.TryParse(DeviceString) is null || await IsUnalteredAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await RunAsync("tpm2_clear", ["-c", "p"], cancellationToken).ConfigureAwait(false);
        await CertifyAsync().ConfigureAwait(false);
        return true;
    }

    private async Task<bool> IsUnalteredAsync(CancellationToken cancellationToken)
    {
        string persistent = await AskAsync("handles-persistent", cancellationToken).ConfigureAwait(false);
        string indices = await AskAsync("handles-nv-index", cancellationToken).ConfigureAwait(false);
        string properties = await AskAsync("properties-variable", cancellationToken).ConfigureAwait(false);
        return HandlesIn(persistent).SetEquals(Keys.Select(key => key.Handle))
            && HandlesIn(indices).SetEquals(Keys.Select(key => key.NvIndex))
            && !SetAuthorization().IsMatch(properties);
    }

    private static HashSet<string> HandlesIn(string listing) =>
        [.. Handle().Matches(listing).Select(match => "0x" + match.Groups["digits"].Value.ToLowerInvariant().PadLeft(8, '0'))];

    private async Task<string> AskAsync(string capability, CancellationToken cancellationToken)
    {
        const string GetCapability = "tpm2_getcap";
        string output = Path.Combine(_folder, GetCapability + ".log");
        File.Delete(output);
        await RunAsync(GetCapability, [capability], cancellationToken).ConfigureAwait(false);
        return await File.ReadAllTextAsync(output, cancellationToken).ConfigureAwait(false);
    }

    private async Task CertifyAsync()
    {
        foreach (EndorsementKey key in Keys)
        {
            await CertifyAsync(key).ConfigureAwait(false);
        }
    }

    private async Task CertifyAsync(EndorsementKey key)
    {
        string present = Path.Combine(_folder, "present.crt");
        bool hasCertificate = await TryRunAsync("tpm2_nvread", key.NvIndex, "-C", key.NvIndex, "-o", present).ConfigureAwait(false);
        if (hasCertificate)
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(present);
            if (certificate.Issuer != TestIssuer)
            {
                throw new EmulationException(
                    $"The TPM {DeviceString} has a certificate of {certificate.Issuer} at {key.NvIndex}, which these tests neither trust nor replace. "
                    + "Choose a TPM without endorsement certificates, such as a simulator.");
            }

            await RunAsync("tpm2_nvundefine", [key.NvIndex, "-C", "o"]).ConfigureAwait(false);
        }

        string publicKey = Path.Combine(_folder, "ek.pem");
        string[] read = ["-c", key.Handle, "-f", "pem", "-o", publicKey];
        if (!await TryRunAsync("tpm2_readpublic", read).ConfigureAwait(false))
        {
            await RunAsync("tpm2_createek", ["-c", key.Handle, "-G", key.Algorithm]).ConfigureAwait(false);
            await RunAsync("tpm2_readpublic", read).ConfigureAwait(false);
        }

        string description = Describe(key.Algorithm, await File.ReadAllTextAsync(publicKey).ConfigureAwait(false));
        await _manufacturer.IssueAsync(description, "chosen", _folder, CancellationToken.None).ConfigureAwait(false);
        string issued = Path.Combine(_folder, "ek.cert");
        string size = new FileInfo(issued).Length.ToString(CultureInfo.InvariantCulture);
        await RunAsync("tpm2_nvdefine", [key.NvIndex, "-C", "o", "-s", size, "-a", "ownerread|ownerwrite|authread|ppread|no_da"]).ConfigureAwait(false);
        await RunAsync("tpm2_nvwrite", [key.NvIndex, "-C", "o", "-i", issued]).ConfigureAwait(false);
    }

    // A public key in swtpm_localca's words.
    private static string Describe(string algorithm, string pem)
    {
        if (algorithm == "rsa")
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return Convert.ToHexStringLower(rsa.ExportParameters(includePrivateParameters: false).Modulus!);
        }

        using ECDsa ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(pem);
        ECPoint point = ecdsa.ExportParameters(includePrivateParameters: false).Q;
        return $"x={Convert.ToHexStringLower(point.X!)},y={Convert.ToHexStringLower(point.Y!)},id=secp384r1";
    }

    [GeneratedRegex("0x(?<digits>[0-9A-Fa-f]{1,8})")]
    private static partial Regex Handle();

    [GeneratedRegex(@"AuthSet:\s+1")]
    private static partial Regex SetAuthorization();

    private sealed record EndorsementKey(string Algorithm, string Handle, string NvIndex);
}
