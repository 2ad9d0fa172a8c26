using Spectre.Console;
using Tasklane.Client;

namespace Tasklane.Cli.Output;

/// <summary>A bar for each task, drawn anew as events come.</summary>
internal sealed class ProgressView : IWatchView
{
    private const int LongestMessage = 40;

    public Task<IReadOnlyList<TaskInfo>> ShowAsync(IReadOnlyList<string> ids, Func<string, Action<TaskInfo, TaskEvent?>, Task<TaskInfo>> follow) =>
        Terminals.Error.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new SpinnerColumn())
            .StartAsync<IReadOnlyList<TaskInfo>>(async display => await Task.WhenAll(ids.Select(id => ShowOneAsync(display, id, follow))));

    public void End(TaskInfo task, bool isOneOfSeveral) => Endings.Write(task, isOneOfSeveral);

    private static async Task<TaskInfo> ShowOneAsync(ProgressContext display, string id, Func<string, Action<TaskInfo, TaskEvent?>, Task<TaskInfo>> follow)
    {
        var bar = display.AddTask(id);
        var ended = await follow(id, (task, change) =>
        {
            if (change is null)
                Show(bar, task.Type, task.Status.Name(), task.Progress);
            else if (change.Event == "task:progress")
                Show(bar, task.Type, "running", change.Progress);
            else
                Show(bar, task.Type, change.Event["task:".Length..], null);
        });
        if (ended.Status == TaskState.Completed)
            bar.Value = bar.MaxValue;
        bar.Description = Markup.Escape($"{ended.Type} {ended.Status.Name()}");
        bar.StopTask();
        return ended;
    }

    private static void Show(ProgressTask bar, string type, string state, TaskProgress? progress)
    {
        var message = progress?.Message is { Length: > 0 } said ? " · " + Sentences.Plain(said).ReplaceLineEndings(" ") : "";
        bar.Description = Markup.Escape($"{type} {state}{(message.Length > LongestMessage ? message[..LongestMessage] + "…" : message)}");
        if (progress is not null)
            bar.Value = progress.Percent;
        // Without a total nobody knows how far it is; the bar then only shows that something goes on.
        bar.IsIndeterminate = progress is null or { Total: <= 0 };
    }
}
