using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace HwAttest;

/// <summary>The usual help, and an example below it.</summary>
internal sealed class HelpWithExample(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly Dictionary<Command, string> Examples = [];

    public override bool ClearsParseErrors => true;

    public static void AddTo(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();

        // A path may look like these, and nobody completes a command line with them.
        help.Aliases.Remove("/?");
        help.Aliases.Remove("/h");
        help.Action = new HelpWithExample((HelpAction)help.Action!);
    }

    /// <summary>Gives a command its example: what follows the words that lead to it.</summary>
    public static Command WithExample(Command command, string arguments)
    {
        Examples[command] = arguments;
        return command;
    }

    public override int Invoke(ParseResult parseResult)
    {
        int status = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {ExampleOf(parseResult.CommandResult.Command)}\n");
        return status;
    }

    // A group of commands shows what its first one does.
    private static string ExampleOf(Command command) => Examples.TryGetValue(command, out string? arguments)
        ? $"{CommandLine.PathOf(command)} {arguments}".TrimEnd()
        : ExampleOf(command.Subcommands[0]);
}
