using System.CommandLine;
using Tasklane.Cli.Output;
using Tasklane.Client;

namespace Tasklane.Cli.Commands;

internal static class WatchCommand
{
    /// <summary>Most of a minute without an answer is borne while watching: a service that is started anew comes back in that time.</summary>
    private const int Retries = 10;

    public static Command Build()
    {
        var ids = Common.Ids();
        var command = new Command("watch", "Watch tasks until they have ended; exit code 1 when one did not complete. Ctrl-C ends the watching, not the task.") { ids };
        command.Run((parsed, client, cancellation) => WatchAsync(parsed, client, [.. parsed.GetRequiredValue(ids).Distinct(StringComparer.Ordinal)], cancellation));
        return command;
    }

    public static async Task<int> WatchAsync(ParseResult parsed, TasklaneClient client, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        await using var patient = new TasklaneClient(Connection.Options(parsed.GetValue(Common.Url), Retries));
        IWatchView view = parsed.GetValue(Common.Json) ? new JsonView() : Terminals.ShowsProgress ? new ProgressView() : new LineView();
        IReadOnlyList<TaskInfo> ended;
        try
        {
            ended = await view.ShowAsync(ids, (id, report) => FollowAsync(client, patient, id, report, cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Errors.Write($"No longer watched; the work goes on: tasklane watch {string.Join(' ', ids)}");
            return ExitCodes.Interrupted;
        }
        foreach (var task in ended)
            view.End(task, ended.Count > 1);
        return ended.All(task => task.Status == TaskState.Completed) ? ExitCodes.Ok : ExitCodes.TaskFailed;
    }

    /// <summary>Tells of the task as it is, and then of each change.</summary>
    private static async Task<TaskInfo> FollowAsync(
        TasklaneClient client, TasklaneClient patient, string id, Action<TaskInfo, TaskEvent?> report, CancellationToken cancellation)
    {
        var task = await client.GetAsync(id, cancellation);
        report(task, null);
        return await patient.WaitAsync(id, new Direct(change => report(task, change)), cancellation);
    }

    /// <summary>Told at once and in order, which <see cref="Progress{T}"/> does not promise.</summary>
    private sealed class Direct(Action<TaskEvent> report) : IProgress<TaskEvent>
    {
        public void Report(TaskEvent value) => report(value);
    }
}
