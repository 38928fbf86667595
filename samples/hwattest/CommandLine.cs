using System.CommandLine;
using HardwareAttestation;
using HwAttest.Commands;

namespace HwAttest;

/// <summary>The whole command line: parses it, runs the command, and says what went wrong in one line.</summary>
internal static class CommandLine
{
    private const string Name = "hwattest";

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        // A nonce or a file name may begin with '@', which would stand for a file of arguments.
        ParseResult line = CreateRoot().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (line.Errors.Count > 0)
        {
            string path = PathOf(line.CommandResult.Command);
            string message = line.UnmatchedTokens is [{ } unknown, ..] ? $"'{unknown}' is not a command or an option of '{path}'." : line.Errors[0].Message;
            return Fail(error, ExitStatus.Misuse, $"{PlainText.Sentence(message)} Try '{path} --help'.");
        }

        InvocationConfiguration configuration = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        try
        {
            return await line.InvokeAsync(configuration);
        }
        catch (Exception exception) when (exception is MisuseException or IOException or UnauthorizedAccessException)
        {
            return Fail(error, ExitStatus.Misuse, PlainText.Of(exception));
        }
        catch (Exception exception) when (exception is HardwareAttestationException or TpmLacksException)
        {
            return Fail(error, ExitStatus.TpmFailed, PlainText.Of(exception));
        }
        catch (OperationCanceledException)
        {
            return Fail(error, ExitStatus.TpmFailed, "Interrupted. The command that ran was finished in the TPM; start again.");
        }
    }

    /// <summary>The words that lead to a command.</summary>
    public static string PathOf(Command command) =>
        command is RootCommand ? Name : $"{PathOf(command.Parents.OfType<Command>().First())} {command.Name}";

    private static int Fail(TextWriter error, int status, string message)
    {
        error.WriteLine($"{Name}: {message}");
        return status;
    }

    private static RootCommand CreateRoot()
    {
        RootCommand root = new("Looks at a TPM, makes and verifies evidence of it, and exchanges files with tpm2-tools.")
        {
            CommonOptions.Tpm,
            CommonOptions.Json,
            TpmCommands.Create(),
            EndorsementKeyCommands.Create(),
            AttestationKeyCommands.Create(),
            CredentialCommands.Create(),
            SigningCommands.CreateSign(),
            SigningCommands.CreateSignature(),
            QuoteCommands.Create(),
            PcrCommands.Create(),
            CompletionCommand.Create(),
        };
        HelpWithExample.AddTo(root);
        return root;
    }
}
