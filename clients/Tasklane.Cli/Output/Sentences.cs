using Tasklane.Client;

namespace Tasklane.Cli.Output;

/// <summary>What is said of tasks.</summary>
internal static class Sentences
{
    public static string NoResult(TaskInfo task) => task.HasEnded
        ? $"Task {task.Id} has no result: {Ended(task)}"
        : $"Task {task.Id} has no result yet: it is {task.Status.Name()}. 'tasklane watch {task.Id}' waits for it.";

    /// <summary>How it ended, and how long it took.</summary>
    public static string Ended(TaskInfo task)
    {
        var end = task.CompletedAt ?? task.CancelledAt;
        var took = end - task.StartedAt is { } length && length >= TimeSpan.Zero ? $" after {Durations.Text(length)}" : "";
        return task.Error is { } error && task.Status != TaskState.Completed
            ? $"{task.Status.Name()}{took}: {Plain(error.Message)} ({error.Code})"
            : $"{task.Status.Name()}{took}";
    }

    /// <summary>Somebody's text without what a terminal would take for commands.</summary>
    public static string Plain(string? text) =>
        text is null ? "" : string.Create(text.Length, text, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                to[i] = char.IsControl(from[i]) && from[i] is not ('\n' or '\t') ? '\uFFFD' : from[i];
        });
}
