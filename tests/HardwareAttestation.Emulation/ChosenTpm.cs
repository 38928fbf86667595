using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
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
    private string? _description;

    private ChosenTpm(string deviceString, string folder, TpmManufacturer manufacturer)
    {
        DeviceString = deviceString;
        _folder = folder;
        _manufacturer = manufacturer;
    }

    public string DeviceString { get; }

    private bool IsSimulator => SimulatorPlatform.TryParse(DeviceString) is not null;

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
        if (tpm.IsSimulator)
        {
            await tpm.ClearAsync(CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            await tpm.CertifyAsync().ConfigureAwait(false);
        }

        return tpm;
    }

    /// <summary>Undoes what the last test has done, as far as it can be undone.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        if (IsSimulator && await DescribeAsync(cancellationToken).ConfigureAwait(false) != _description)
        {
            await ClearAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public Task RunAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default) =>
        Tool.RunAsync(tool, arguments, _folder, cancellationToken, DeviceString);

    private async Task<bool> TryRunAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        try
        {
            await RunAsync(tool, arguments, cancellationToken).ConfigureAwait(false);
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

        await TryRunAsync("tpm2_dictionarylockout", ["-c"], cancellationToken).ConfigureAwait(false);
    }

    // TPM2_Clear by the platform removes authorisation values, persistent keys and NV indices: all, so that ours are made again.
    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        await RunAsync("tpm2_clear", ["-c", "p"], cancellationToken).ConfigureAwait(false);
        await CertifyAsync().ConfigureAwait(false);
        _description = await DescribeAsync(cancellationToken).ConfigureAwait(false);
    }

    // All that a test can leave behind and TPM2_Clear undoes: which keys are persistent, which indices are defined, which values are set.
    private async Task<string> DescribeAsync(CancellationToken cancellationToken)
    {
        StringBuilder description = new();
        description.Append(await AskAsync("tpm2_getcap", ["handles-persistent"], cancellationToken).ConfigureAwait(false));
        description.Append(await AskAsync("tpm2_nvreadpublic", [], cancellationToken).ConfigureAwait(false));
        foreach (EndorsementKey key in Keys)
        {
            // Fails, and says so in its place, where the key is gone.
            description.Append(await AskAsync("tpm2_readpublic", ["-c", key.Handle], cancellationToken).ConfigureAwait(false));
        }

        string properties = await AskAsync("tpm2_getcap", ["properties-variable"], cancellationToken).ConfigureAwait(false);
        return description.AppendJoin('\n', SetAuthorization().Matches(properties)).ToString();
    }

    private async Task<string> AskAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        string output = Path.Combine(_folder, tool + ".log");
        File.Delete(output);
        await TryRunAsync(tool, arguments, cancellationToken).ConfigureAwait(false);
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
        bool hasCertificate = await TryRunAsync("tpm2_nvread", [key.NvIndex, "-C", key.NvIndex, "-o", present]).ConfigureAwait(false);
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

    [GeneratedRegex(@"\w+AuthSet:\s+1")]
    private static partial Regex SetAuthorization();

    private sealed record EndorsementKey(string Algorithm, string Handle, string NvIndex);
}
