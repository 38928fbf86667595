using System.CommandLine;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;

namespace HwAttest;

/// <summary>Options that several commands have, each with its own parser, so that a mistake is told before anything is done.</summary>
internal static class CommonOptions
{
    public const string DeviceVariable = "HWATTEST_TPM";

    private const string DeviceHelp = "The TPM: device:/dev/tpmrm0, tbs, mssim:host=HOST,port=PORT, swtpm:path=SOCKET or swtpm:host=HOST,port=PORT. "
        + $"Without it ${DeviceVariable}, or else the platform's own.";

    public static Option<string> Tpm { get; } = new("--tpm") { Description = DeviceHelp, HelpName = "DEVICE", Recursive = true };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object.", Recursive = true };

    public static Option<string> Required(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName, Required = true };

    public static Option<string> Optional(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName };

    public static Option<string> Out(string what) => Required("--out", "FILE", $"Where to write {what}; - for standard output.");

    public static Option<string> AttestationKey() => Required("--ak", "FILE", "The attestation key's blob.");

    public static Option<EndorsementKeyTemplate> Template(string description)
    {
        string[] names = [.. EndorsementKeyTemplate.All.Select(template => template.Id)];
        Option<EndorsementKeyTemplate> template = Parsed("--template", "T", $"{description} One of {string.Join(", ", names)}.", ParseTemplate);
        template.CompletionSources.Add(names);
        return template;
    }

    public static Option<TpmlPcrSelection> Pcrs()
    {
        Option<TpmlPcrSelection> pcrs = Parsed("--pcrs", "PCRS", "The PCRs, e.g. sha256:0,1,7 or sha1:0+sha256:0,1.", TpmlPcrSelection.Parse);
        pcrs.Required = true;
        return pcrs;
    }

    public static Option<byte[]> Nonce(string description)
    {
        Option<byte[]> nonce = Parsed("--nonce", "HEX", description, ParseNonce);
        nonce.Required = true;
        return nonce;
    }

    /// <summary>An option whose value has a form.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="helpName">What stands for the value in the help.</param>
    /// <param name="description">What it is.</param>
    /// <param name="parse">Reads the value; throws <see cref="FormatException"/> for one that has not the form.</param>
    public static Option<T> Parsed<T>(string name, string helpName, string description, Func<string, T> parse) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            try
            {
                return parse(result.Tokens[0].Value);
            }
            catch (FormatException exception)
            {
                result.AddError($"{name}: {PlainText.Of(exception)}");
                return default;
            }
        },
    };

    public static byte[] ParseHex(string text)
    {
        try
        {
            return Convert.FromHexString(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text);
        }
        catch (FormatException)
        {
            throw new FormatException($"'{text}' is not hexadecimal: an even number of the digits 0 to 9 and a to f.");
        }
    }

    // A script whose variable is not set would otherwise get a quote that shows nothing of when it was made.
    private static byte[] ParseNonce(string text) =>
        ParseHex(text) is { Length: > 0 } nonce ? nonce : throw new FormatException("The nonce is empty: give the one of whoever verifies, in hexadecimal.");

    private static EndorsementKeyTemplate ParseTemplate(string text) => text == "H-5"
        ? throw new FormatException($"'H-5' is the template of SM2, which .NET has not; there are {string.Join(", ", EndorsementKeyTemplate.All)}.")
        : EndorsementKeyTemplate.Parse(text);
}
