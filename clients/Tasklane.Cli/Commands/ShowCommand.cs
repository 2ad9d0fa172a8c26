using System.CommandLine;
using Tasklane.Cli.Output;

namespace Tasklane.Cli.Commands;

internal static class ShowCommand
{
    public static Command Build()
    {
        var id = Common.Id();
        var result = new Option<bool>("--result") { Description = "Only its result, as JSON; exit code 1 when it has none." };
        var command = new Command("show", "Show a task.") { id, result };
        command.Run(async (parsed, client, cancellation) =>
        {
            var task = await client.GetAsync(parsed.GetRequiredValue(id), cancellation);
            if (parsed.GetValue(result))
            {
                if (task.Result is not { } found)
                {
                    Errors.Write(Sentences.NoResult(task));
                    return ExitCodes.TaskFailed;
                }
                JsonLines.Write(found);
            }
            else if (parsed.GetValue(Common.Json))
            {
                JsonLines.Write(task);
            }
            else
            {
                Tables.Write(task);
            }
            return ExitCodes.Ok;
        });
        return command;
    }
}
