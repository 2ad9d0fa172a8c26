using System.CommandLine;

namespace Tasklane.Cli.Commands;

/// <summary>
/// Scripts that have a shell ask the command itself what fits: commands and options, and the ids and types that the service has.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # bash: source <(tasklane completion bash)
        _tasklane() {
            local word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
            COMPREPLY=($(compgen -W "$(tasklane "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _tasklane tasklane
        """;

    private const string Zsh = """
        # zsh: source <(tasklane completion zsh), after compinit
        _tasklane() {
            local -a found=("${(@f)$(tasklane "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -- ${found:#}
        }
        compdef _tasklane tasklane
        """;

    private const string Pwsh = """
        # pwsh: tasklane completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName tasklane -ScriptBlock {
            param($word, $line, $position)
            tasklane "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    public static Command Build()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh.", HelpName = "SHELL" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        var command = new Command("completion", "Print the script that completes words in a shell; its first line says how it is loaded.") { shell };
        command.SetAction(parsed => Console.WriteLine(parsed.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Pwsh,
        }));
        return command;
    }
}
