using Tasklane.Client;

namespace Tasklane.Cli.Output;

/// <summary>How tasks that are watched are shown.</summary>
internal interface IWatchView
{
    /// <summary>Shows tasks until all have ended.</summary>
    /// <param name="follow">Follows one, telling of it as it is (without an event) and of each change; returns it as it ended.</param>
    Task<IReadOnlyList<TaskInfo>> ShowAsync(IReadOnlyList<string> ids, Func<string, Action<TaskInfo, TaskEvent?>, Task<TaskInfo>> follow);

    /// <summary>Shows how one ended.</summary>
    void End(TaskInfo task, bool isOneOfSeveral);
}

/// <summary>For scripts: each event, and the task as it ended.</summary>
internal sealed class JsonView : IWatchView
{
    public async Task<IReadOnlyList<TaskInfo>> ShowAsync(IReadOnlyList<string> ids, Func<string, Action<TaskInfo, TaskEvent?>, Task<TaskInfo>> follow) =>
        await Task.WhenAll(ids.Select(id => follow(id, (_, change) =>
        {
            if (change is not null)
                JsonLines.Write(change);
        })));

    public void End(TaskInfo task, bool isOneOfSeveral) => JsonLines.Write(task);
}
