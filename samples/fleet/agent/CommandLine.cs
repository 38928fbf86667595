using System.CommandLine;
using System.Security.Cryptography;
using HardwareAttestation;
using HardwareAttestation.Client;

namespace Fleet.Agent;

/// <summary>Reads the command line, puts the agent together and runs it.</summary>
internal static class CommandLine
{
    private const string Name = "fleet-agent";
    private const double RandomSteps = 1 << 30;

    /// <summary>Runs the agent.</summary>
    /// <returns>An <see cref="ExitStatus"/>.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken stop)
    {
        Arguments arguments = new();
        arguments.Command.SetAction((line, _) => RunAsync(arguments.Read(line), output, stop));

        // A device string or a file name may begin with '@', which would stand for a file of arguments.
        ParseResult parsed = arguments.Command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            return Fail(error, ExitStatus.Misuse, $"{PlainText.Of(parsed.Errors[0].Message)} Try '{Name} --help'.");
        }

        try
        {
            // Signals are the program's own matter: an orderly stop is a success.
            InvocationConfiguration configuration = new()
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, CancellationToken.None);
        }
        catch (MisuseException exception)
        {
            return Fail(error, ExitStatus.Misuse, PlainText.Of(exception.Message));
        }
        catch (HardwareAttestationException exception)
        {
            return Fail(error, ExitStatus.TpmFailed, PlainText.Of(exception.Message));
        }
    }

    private static async Task<int> RunAsync(AgentOptions options, TextWriter output, CancellationToken stop)
    {
        Journal journal = new(output, withPriorities: Environment.GetEnvironmentVariable(Journal.StreamVariable) is not null);
        TimeProvider time = TimeProvider.System;
        using HttpClient http = ServerHttp.Create(options);

        // A wrong device string is told now, and not an hour later as a fault of the TPM.
        await OpenTpm(options).DisposeAsync();
        journal.Information($"node {options.Node}, server {options.Server}, key in {options.StateFolder}.");
        if (options.Server.Scheme == Uri.UriSchemeHttp && !options.Server.IsLoopback)
        {
            journal.Warning("the server is reached without TLS: anybody on the way can read along, and turn this machine away.");
        }

        KeptKeys keys = new(options.StateFolder, journal, time);
        AttestationRound round = new(options.Node, () => OpenTpm(options), keys, new ServerConnection(http, time), journal);
        Schedule schedule = new(options.Period, () => RandomNumberGenerator.GetInt32((int)RandomSteps) / RandomSteps);
        return await new AgentLoop(options, round.RunAsync, schedule, journal, time).RunAsync(stop);
    }

    private static ITpmDevice OpenTpm(AgentOptions options)
    {
        try
        {
            return TpmDevice.Open(options.Tpm);
        }
        catch (ArgumentException exception)
        {
            throw new MisuseException($"--tpm: {exception.Message}");
        }
    }

    private static int Fail(TextWriter error, int status, string message)
    {
        error.WriteLine($"{Name}: {message}");
        return status;
    }
}
