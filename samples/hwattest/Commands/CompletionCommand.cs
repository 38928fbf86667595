using System.CommandLine;

namespace HwAttest.Commands;

/// <summary>hwattest completion: a script that has a shell complete this command line. The program itself answers what can follow (the directive [suggest]).</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completion of hwattest for bash: put this into ~/.bashrc, or run: source <(hwattest completion --shell bash)
        _hwattest() {
          local IFS=$'\n' word
          COMPREPLY=()
          while read -r word; do
            COMPREPLY+=("$word")
          done < <(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _hwattest hwattest
        """;

    private const string Zsh = """
        # Completion of hwattest for zsh: put this into ~/.zshrc, after compinit.
        _hwattest() {
          local -a words
          words=("${(@f)$(hwattest "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $words || _files
        }
        compdef _hwattest hwattest
        """;

    private const string PowerShell = """
        # Completion of hwattest for PowerShell: put this into $PROFILE.
        Register-ArgumentCompleter -Native -CommandName hwattest -ScriptBlock {
          param($word, $line, $position)
          hwattest "[suggest:$position]" "$line" | Where-Object { $_ -like "$word*" } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create()
    {
        Dictionary<string, string> scripts = new(StringComparer.Ordinal) { ["bash"] = Bash, ["zsh"] = Zsh, ["pwsh"] = PowerShell };
        Option<string> shell = CommonOptions.Required("--shell", "SHELL", $"{string.Join(", ", scripts.Keys)}.").AcceptOnlyFromAmong([.. scripts.Keys]);
        return CommandContext.Define(
            "completion",
            "Prints a script that has a shell complete commands and options.",
            "--shell bash",
            [shell],
            context => Task.FromResult(context.Report(new { script = scripts[context.GetRequired(shell)] }, scripts[context.GetRequired(shell)].Split('\n'))));
    }
}
