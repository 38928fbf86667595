using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace HardwareAttestation.Emulation;

/// <summary>
/// A manufacturer of emulated TPMs, with a certificate authority of its own: a root, and an issuer of endorsement and platform
/// certificates below it. Two manufacturers have nothing in common. Safe to share between threads.
/// </summary>
public sealed partial class TpmManufacturer : IAsyncDisposable
{
    private readonly string _folder;

    private TpmManufacturer(string folder)
    {
        _folder = folder;
    }

    /// <summary>The root's certificate, PEM.</summary>
    public string RootCertificatePath => Path.Combine(_folder, "swtpm-localca-rootca-cert.pem");

    /// <summary>The issuer's certificate, PEM, signed by the root. It signs the endorsement certificates.</summary>
    public string IssuerCertificatePath => Path.Combine(_folder, "issuercert.pem");

    private string AuthorityConfiguration => Path.Combine(_folder, "swtpm-localca.conf");

    private string AuthorityOptions => Path.Combine(_folder, "swtpm-localca.options");

    private string SetupConfiguration => Path.Combine(_folder, "swtpm_setup.conf");

    /// <summary>Founds a manufacturer: when this returns, both of its certificates exist.</summary>
    /// <exception cref="EmulationException">swtpm is missing or failed.</exception>
    public static async Task<TpmManufacturer> CreateAsync(CancellationToken cancellationToken = default)
    {
        TpmManufacturer manufacturer = new(ProcessFolder.CreateFolder("ca"));
        try
        {
            await manufacturer.WriteConfigurationAsync(cancellationToken).ConfigureAwait(false);
            await manufacturer.CreateAuthorityAsync(cancellationToken).ConfigureAwait(false);
            return manufacturer;
        }
        catch
        {
            await manufacturer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Makes a machine that is off. Its TPM has PCR banks SHA-1, SHA-256 and SHA-384; endorsement keys RSA 2048 (certificate at
    /// 0x01C00002, key at 0x81010001) and ECC P-384 (0x01C00016, 0x81010016); and a platform certificate at 0x01C08000.
    /// </summary>
    /// <param name="name">The machine's name: letters, digits and hyphens. It becomes the subject of its certificates.</param>
    /// <param name="cancellationToken">Cancels the making; nothing is left of it.</param>
    /// <exception cref="ArgumentException">The name has other characters.</exception>
    /// <exception cref="EmulationException">swtpm is missing or failed; the message has the end of its log.</exception>
    public async Task<EmulatedMachine> ManufactureAsync(string name, CancellationToken cancellationToken = default)
    {
        if (!MachineName().IsMatch(name))
        {
            throw new ArgumentException("A machine's name has letters, digits and hyphens.", nameof(name));
        }

        EmulatedMachine machine = new(name, this);
        try
        {
            await Tool.RunAsync(
                "swtpm_setup",
                [
                    "--tpm2", "--tpm-state", $"dir://{machine.StateFolder}", "--config", SetupConfiguration, "--vmid", name,
                    "--create-ek-cert", "--create-platform-cert", "--rsa-keysize", "2048", "--lock-nvram",
                    "--pcr-banks", "sha1,sha256,sha384", "--write-ek-cert-files", machine.CertificateFolder,
                ],
                machine.Folder,
                cancellationToken).ConfigureAwait(false);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Deletes the manufacturer's keys and certificates. Its machines go on working.</summary>
    public ValueTask DisposeAsync()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9-]+\z")]
    private static partial Regex MachineName();

    private async Task WriteConfigurationAsync(CancellationToken cancellationToken)
    {
        string authority = $"""
            statedir = {_folder}
            signingkey = {Path.Combine(_folder, "signkey.pem")}
            issuercert = {IssuerCertificatePath}
            certserial = {Path.Combine(_folder, "certserial")}

            """;
        const string options = """
            --platform-manufacturer HardwareAttestation
            --platform-model Emulated
            --platform-version 1.0

            """;
        string setup = $"""
            create_certs_tool = {Tool.Find("swtpm_localca")}
            create_certs_tool_config = {AuthorityConfiguration}
            create_certs_tool_options = {AuthorityOptions}

            """;
        await File.WriteAllTextAsync(AuthorityConfiguration, authority, cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(AuthorityOptions, options, cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(SetupConfiguration, setup, cancellationToken).ConfigureAwait(false);
    }

    // swtpm_localca creates its authority when it issues its first certificate, so let it issue one for a key that nobody has.
    private Task CreateAuthorityAsync(CancellationToken cancellationToken) =>
        IssueAsync(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(2048 / 8)), "nobody", _folder, cancellationToken);

    /// <summary>Issues an endorsement certificate (DER), the file ek.cert in a folder.</summary>
    /// <param name="key">The key in swtpm_localca's words: a modulus, or <c>x=…,y=…,id=secp384r1</c>, in hexadecimal.</param>
    /// <param name="name">The subject.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="cancellationToken">Cancels the making.</param>
    internal Task IssueAsync(string key, string name, string folder, CancellationToken cancellationToken) => Tool.RunAsync(
        "swtpm_localca",
        [
            "--type", "ek", "--ek", key, "--vmid", name, "--dir", folder, "--tpm2",
            "--tpm-spec-family", "2.0", "--tpm-spec-level", "0", "--tpm-spec-revision", "164",
            "--tpm-manufacturer", "id:00001014", "--tpm-model", "swtpm", "--tpm-version", "id:00000000",
            "--configfile", AuthorityConfiguration, "--optsfile", AuthorityOptions,
        ],
        folder,
        cancellationToken);
}
