using System.CommandLine;
using System.CommandLine.Invocation;
using Tasklane.Cli;
using Tasklane.Cli.Commands;
using Tasklane.Cli.Output;

var root = new RootCommand($"""
    Tasklane on the command line.

    TASKLANE_URL is the service's address, {Connection.DefaultUrl} without it. TASKLANE_TOKEN signs in with a token that the service accepts; at this
    machine's own address you are signed in by name without one: TASKLANE_USER (your login name), with the roles of TASKLANE_ROLES.

    Exit codes: {ExitCodes.Table}
    """)
{
    CreateCommand.Build(),
    ListCommand.Build(),
    ShowCommand.Build(),
    WatchCommand.Build(),
    CancelCommand.Build(),
    RetryCommand.Build(),
    LogsCommand.Build(),
    StatsCommand.Build(),
    SchedulesCommand.Build(),
    TypesCommand.Build(),
    FilesCommand.Build(),
    CompletionCommand.Build(),
    McpCommand.Build(),
};
root.Options.Add(Common.Url);
root.Options.Add(Common.Json);

// @FILE is a payload here, not a file of arguments.
var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Action is ParseErrorAction)
{
    if (parsed.UnmatchedTokens.Count > 0)
        Errors.Write($"There is no command, option or argument for '{parsed.UnmatchedTokens[0]}'.");
    else
        parsed.Errors.Select(error => error.Message).Distinct().ToList().ForEach(Errors.Write);
    Errors.Write($"'{Common.PathOf(parsed.CommandResult.Command)} --help' says what it takes.");
    return ExitCodes.Usage;
}
return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
