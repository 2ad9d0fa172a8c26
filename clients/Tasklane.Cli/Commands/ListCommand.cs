using System.CommandLine;
using Tasklane.Cli.Output;
using Tasklane.Client;

namespace Tasklane.Cli.Commands;

internal static class ListCommand
{
    public static Command Build()
    {
        var status = Common.OneOf("--status", "Only tasks in this state.", "pending", "running", "completed", "failed", "cancelled");
        var type = new Option<string?>("--type") { Description = "Only tasks of this type.", HelpName = "TYPE" };
        var priority = Common.OneOf("--priority", "Only tasks of this lane.", "high", "normal", "low");
        var tag = new Option<string?>("--tag") { Description = "Only tasks with this tag.", HelpName = "TAG" };
        var search = new Option<string?>("--search", "-q") { Description = "Words, each the beginning of one that a task is found by.", HelpName = "WORDS" };
        var owner = new Option<string?>("--owner") { Description = "Whose: me; for admins all, or a user's id.", HelpName = "USER" };
        var limit = new Option<int>("--limit", "-n") { Description = "The most that are listed; 0 for all.", DefaultValueFactory = _ => 20, HelpName = "N" };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
                result.AddError("--limit must not be negative; 0 lists all.");
        });
        var command = new Command("list", "List your tasks, newest first.") { status, type, priority, tag, search, owner, limit };
        command.Run(async (parsed, client, cancellation) =>
        {
            var filter = new TaskFilter
            {
                Status = Common.Enum<TaskState>(parsed.GetValue(status)),
                Type = parsed.GetValue(type),
                Priority = Common.Enum<TaskPriority>(parsed.GetValue(priority)),
                Tag = parsed.GetValue(tag),
                Q = parsed.GetValue(search),
                Owner = parsed.GetValue(owner),
            };
            var most = parsed.GetValue(limit) is > 0 and var given ? given : int.MaxValue;
            var found = client.ListAsync(filter, Math.Min(most, 200), cancellation).Take(most);
            if (parsed.GetValue(Common.Json))
            {
                await foreach (var task in found.WithCancellation(cancellation))
                    JsonLines.Write(task);
                return ExitCodes.Ok;
            }
            var tasks = await found.ToListAsync(cancellation);
            if (tasks.Count == 0)
                Errors.Write("There are no such tasks.");
            else
                Tables.Write(tasks);
            return ExitCodes.Ok;
        });
        return command;
    }
}
