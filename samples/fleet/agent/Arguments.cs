using System.CommandLine;
using System.Globalization;

namespace Fleet.Agent;

/// <summary>The options of the command line. Each has a variable in the environment too, which suits a service's unit better.</summary>
internal sealed class Arguments
{
    // systemd's own, for a unit with StateDirectory.
    private const string SystemdStateVariable = "STATE_DIRECTORY";
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(7);

    private readonly Option<string> _server = Text("--server", "URL", "The server, e.g. https://fleet.example.");
    private readonly Option<string> _node = Text("--node", "NAME", "Which node this machine is.");
    private readonly Option<string> _tpm = Text("--tpm", "DEVICE", "The TPM, e.g. device:/dev/tpmrm0 or swtpm:path=SOCKET. Without it the platform's own.");
    private readonly Option<string> _state = Text("--state", "FOLDER", $"Where the key's blob is kept. Without it ${SystemdStateVariable}, or else the user's own folder for data.");
    private readonly Option<string> _period = Text("--period", "TIME", "How often to attest: 90s, 15m, 1h or hh:mm:ss. Without it 1h.");
    private readonly Option<bool> _once = new("--once") { Description = "Attest once, and end with an exit status: 0 attested, 1 refused, 2 wrong call, 3 TPM failed, 4 server failed." };
    private readonly Option<string> _authority = Text("--ca-file", "FILE", "A PEM file of the roots to trust for the server's TLS, in the place of the system's.");

    public Arguments()
    {
        Command = new RootCommand("Proves to a fleet server that this machine is the one that was enrolled, at its start and ever again.")
        {
            _server, _node, _tpm, _state, _period, _once, _authority,
        };
    }

    public RootCommand Command { get; }

    /// <summary>The variable of an option: FLEET_AGENT_CA_FILE for --ca-file.</summary>
    public static string VariableOf(string option) => "FLEET_AGENT_" + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>Reads a time such as 90s.</summary>
    /// <exception cref="MisuseException">It is none, too short or too long.</exception>
    public static TimeSpan ReadPeriod(string text)
    {
        // A number alone would be days to .NET, and something else to everybody else.
        bool isNumber = double.TryParse(text[..Math.Max(0, text.Length - 1)], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        TimeSpan? period = text switch
        {
            [.., 's'] when isNumber => Seconds(number),
            [.., 'm'] when isNumber => Seconds(number * 60),
            [.., 'h'] when isNumber => Seconds(number * 3600),
            _ => TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan exact) && text.Contains(':', StringComparison.Ordinal) ? exact : null,
        };
        return period >= ShortestPeriod && period <= LongestPeriod
            ? period.Value
            : throw new MisuseException($"--period: '{text}' is not a time from 1s to 7 days, such as 90s, 15m, 1h or 01:00:00.");
    }

    /// <summary>Reads the line, and the environment for what the line leaves out.</summary>
    /// <exception cref="MisuseException">Something is missing or wrong.</exception>
    public AgentOptions Read(ParseResult line) => new()
    {
        Server = ReadServer(Require(line, _server)),
        Node = Require(line, _node),
        Tpm = Find(line, _tpm),
        StateFolder = Find(line, _state) ?? FindStateFolder(),
        Period = ReadPeriod(Find(line, _period) ?? "1h"),
        Once = line.GetValue(_once),
        AuthorityFile = Find(line, _authority),
    };

    private static Option<string> Text(string name, string helpName, string description) =>
        new(name) { HelpName = helpName, Description = $"{description} Or ${VariableOf(name)}." };

    // What is far too long is as wrong as what is too long, and TimeSpan cannot hold it.
    private static TimeSpan? Seconds(double number) => number <= LongestPeriod.TotalSeconds ? TimeSpan.FromSeconds(number) : null;

    private static string Require(ParseResult line, Option<string> option) =>
        Find(line, option) ?? throw new MisuseException($"{option.Name} is missing: give it, or set ${VariableOf(option.Name)}.");

    private static string? Find(ParseResult line, Option<string> option) =>
        Nonempty(line.GetValue(option)) ?? Nonempty(Environment.GetEnvironmentVariable(VariableOf(option.Name)));

    private static string? Nonempty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static Uri ReadServer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? server) && (server.Scheme == Uri.UriSchemeHttp || server.Scheme == Uri.UriSchemeHttps)
            ? server
            : throw new MisuseException($"--server: '{text}' is not an address such as https://fleet.example.");

    private static string FindStateFolder() =>
        Nonempty(Environment.GetEnvironmentVariable(SystemdStateVariable))
        ?? (Nonempty(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)) is { } data
            ? Path.Combine(data, "fleet-agent")
            : throw new MisuseException("--state is missing, and this user has no folder of his own for data."));
}
