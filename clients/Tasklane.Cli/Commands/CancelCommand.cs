using System.CommandLine;
using Tasklane.Cli.Output;
using Tasklane.Client;

namespace Tasklane.Cli.Commands;

internal static class CancelCommand
{
    public static Command Build()
    {
        var ids = Common.Ids();
        var pending = new Option<bool>("--pending") { Description = "Only if it has not begun: one that runs is refused." };
        var command = new Command("cancel", "Cancel tasks; a running one is asked to stop.") { ids, pending };
        command.Run((parsed, client, cancellation) => EachAsync(
            parsed, parsed.GetRequiredValue(ids), id => parsed.GetValue(pending) ? client.CancelPendingAsync(id, cancellation) : client.CancelAsync(id, cancellation)));
        return command;
    }

    /// <summary>Does it to each; what cannot be done to one is told, and the others are gone on with. Ends with the first failure's code.</summary>
    public static async Task<int> EachAsync(ParseResult parsed, IReadOnlyList<string> ids, Func<string, Task<TaskInfo>> act)
    {
        var code = ExitCodes.Ok;
        foreach (var id in ids)
        {
            try
            {
                var task = await act(id);
                if (parsed.GetValue(Common.Json))
                    JsonLines.Write(task);
                else
                    Console.WriteLine($"{task.Id} {(task is { HasEnded: false, CancelRequested: true } ? "is asked to stop" : task.Status.Name())}");
            }
            catch (TasklaneException failure) when (ids.Count > 1)
            {
                Errors.Write(id);
                Errors.Write(failure, Connection.UrlOf(parsed.GetValue(Common.Url)));
                code = code == ExitCodes.Ok ? ExitCodes.Of(failure) : code;
            }
        }
        return code;
    }
}
