using System.Globalization;
using System.Text.Json;
using Tasklane.Client;

namespace Tasklane.Cli.Output;

/// <summary>Where no progress bar can be drawn, such as in the log of a build: a line for each change, and for each tenth of the way.</summary>
internal sealed class LineView : IWatchView
{
    private const int Step = 10;

    public async Task<IReadOnlyList<TaskInfo>> ShowAsync(IReadOnlyList<string> ids, Func<string, Action<TaskInfo, TaskEvent?>, Task<TaskInfo>> follow) =>
        await Task.WhenAll(ids.Select(id =>
        {
            var told = 0;
            return follow(id, (task, change) =>
            {
                if (change?.Progress is { } progress && change.Event == "task:progress")
                {
                    var tenth = (int)progress.Percent / Step;
                    if (tenth <= told)
                        return;
                    told = tenth;
                    Write(id, string.Create(CultureInfo.InvariantCulture, $"{progress.Percent:0} % {progress.Message}"));
                    return;
                }
                Write(id, change?.Event["task:".Length..] ?? $"{task.Type} {task.Status.Name()}");
            });
        }));

    public void End(TaskInfo task, bool isOneOfSeveral) => Endings.Write(task, isOneOfSeveral);

    private static void Write(string id, string text) => Console.Error.WriteLine($"{id} {Sentences.Plain(text).TrimEnd()}");
}

/// <summary>How a task ended: the sentence for people, its result for whoever reads standard output.</summary>
internal static class Endings
{
    public static void Write(TaskInfo task, bool isOneOfSeveral)
    {
        Console.Error.WriteLine(isOneOfSeveral ? $"{task.Id} {Sentences.Ended(task)}" : Sentences.Ended(task));
        if (task.Result is not { } result)
            return;
        Console.WriteLine(isOneOfSeveral ? JsonLines.Text(result) : Sentences.Plain(JsonLines.Indented(result)));
        if (result.ValueKind == JsonValueKind.Object && result.TryGetProperty("file", out var file) && file.ValueKind == JsonValueKind.Object)
            Console.Error.WriteLine($"Its file: tasklane files download {task.Id}");
    }
}
