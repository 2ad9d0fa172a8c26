using System.ComponentModel;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Server;
using Tasklane.Cli.Output;
using Tasklane.Client;

namespace Tasklane.Cli.Mcp;

/// <summary>What an assistant can do with tasks: what the one who started it can, by the same client. Answers are JSON in the API's names.</summary>
[McpServerToolType]
internal sealed class TaskTools(TasklaneClient client)
{
    /// <summary>Assistants give up on a tool after a minute, many of them.</summary>
    private const int LongestWait = 300, UsualWait = 45;

    private const string IdIs = "The task's id: 32 hex digits.";

    [McpServerTool(Name = "list_task_types", Title = "List task types", ReadOnly = true)]
    [Description("Lists the types of tasks with what they do, and the JSON Schema that a payload must fit.")]
    public Task<string> ListTypes(CancellationToken cancellation) => TellAsync(() => client.GetTypesAsync(cancellation));

    [McpServerTool(Name = "create_task", Title = "Create a task", Destructive = false)]
    [Description("Creates a task and returns it at once, with its id; it runs in the background. wait_for_task waits for its result.")]
    public Task<string> Create(
        [Description("One of list_task_types.")] string type,
        [Description("An object that fits the type's schema.")] Dictionary<string, JsonElement> payload,
        [Description("high, normal or low; normal by default.")] string? priority = null,
        [Description("How many seconds it waits at least before it begins.")] double? delaySeconds = null,
        [Description("How many attempts may follow the first: 0 to 100; 3 by default.")] int? maxRetries = null,
        [Description("The longest an attempt may take, in seconds.")] int? timeoutSeconds = null,
        [Description("Words to find it by: at most 20.")] string[]? tags = null,
        [Description("The same key and payload within 24 hours make one task only: give one where a call may be repeated.")] string? idempotencyKey = null,
        CancellationToken cancellation = default) => TellAsync(() => client.CreateAsync(
            new NewTask(type, JsonSerializer.SerializeToElement(payload))
            {
                Priority = Word<TaskPriority>(priority, nameof(priority)),
                DelaySeconds = delaySeconds,
                MaxRetries = maxRetries,
                TimeoutSeconds = timeoutSeconds,
                Tags = tags,
            },
            idempotencyKey,
            cancellation));

    [McpServerTool(Name = "wait_for_task", Title = "Wait for a task", ReadOnly = true)]
    [Description("Waits until a task has ended, reporting its progress, and returns it with its result or error. One that takes longer is returned as it is then: wait again.")]
    public Task<string> Wait(
        [Description(IdIs)] string id,
        IProgress<ProgressNotificationValue> progress,
        [Description("The longest to wait, in seconds: 1 to 300; 45 by default.")] int timeoutSeconds = UsualWait,
        CancellationToken cancellation = default) => TellAsync(async () =>
        {
            if (timeoutSeconds is < 1 or > LongestWait)
                throw new McpException($"timeoutSeconds is {timeoutSeconds}: it goes from 1 to {LongestWait}.");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(timeoutSeconds));
            try
            {
                return await client.WaitAsync(id, new Reported(progress), limit.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return await client.GetAsync(id, cancellation);
            }
        });

    [McpServerTool(Name = "get_task", Title = "Read a task", ReadOnly = true)]
    [Description("Returns a task as it is: its status, progress, result or error.")]
    public Task<string> Get([Description(IdIs)] string id, CancellationToken cancellation) => TellAsync(() => client.GetAsync(id, cancellation));

    [McpServerTool(Name = "list_tasks", Title = "List tasks", ReadOnly = true)]
    [Description("Lists your tasks, newest first. Long payloads and results are left out: get_task has them.")]
    public Task<string> List(
        [Description("pending, running, completed, failed or cancelled.")] string? status = null,
        [Description("Only this type.")] string? type = null,
        [Description("Only with this tag.")] string? tag = null,
        [Description("Words that a task is found by, each the beginning of one.")] string? search = null,
        [Description("The most to return: 1 to 200; 20 by default.")] int limit = 20,
        [Description("The next of the page before.")] string? after = null,
        CancellationToken cancellation = default) => TellAsync(() => client.PageAsync(
            new TaskFilter { Status = Word<TaskState>(status, nameof(status)), Type = type, Tag = tag, Q = search }, after, limit, cancellation));

    [McpServerTool(Name = "cancel_task", Title = "Cancel a task", Destructive = true, Idempotent = true)]
    [Description("Cancels a task; a running one is asked to stop and is cancelled a little later.")]
    public Task<string> Cancel([Description(IdIs)] string id, CancellationToken cancellation) => TellAsync(() => client.CancelAsync(id, cancellation));

    [McpServerTool(Name = "retry_task", Title = "Run a task again", Destructive = false)]
    [Description("Runs a failed or cancelled task again, with the same payload.")]
    public Task<string> Retry([Description(IdIs)] string id, CancellationToken cancellation) => TellAsync(() => client.RetryAsync(id, cancellation: cancellation));

    [McpServerTool(Name = "get_task_logs", Title = "Read a task's log", ReadOnly = true)]
    [Description("Returns the last lines of a task's log, oldest first.")]
    public Task<string> Logs(
        [Description(IdIs)] string id,
        [Description("Only lines of this level and graver ones: debug, info, warning or error.")] string? level = null,
        [Description("The most to return: 1 to 1000; 100 by default.")] int limit = 100,
        CancellationToken cancellation = default) => TellAsync(async () =>
        {
            if (limit is < 1 or > 1000)
                throw new McpException($"limit is {limit}: it goes from 1 to 1000.");
            var last = new Queue<TaskLogLine>(limit);
            await foreach (var line in client.LogsAsync(id, level, cancellation: cancellation))
            {
                if (last.Count == limit)
                    last.Dequeue();
                last.Enqueue(line);
            }
            return last;
        });

    /// <summary>Only an <see cref="McpException"/>'s sentence reaches the assistant.</summary>
    private static async Task<string> TellAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return JsonLines.Text(await ask());
        }
        catch (TasklaneException refused)
        {
            var fields = string.Concat(refused.Errors.Select(error => $"\n{error.Field}: {error.Message}"));
            throw new McpException($"{refused.Message} ({refused.Code}){fields}");
        }
    }

    private static T? Word<T>(string? word, string parameter)
        where T : struct, Enum =>
        word is null ? null
        : Enum.TryParse<T>(word, ignoreCase: true, out var value) && !int.TryParse(word, out _) ? value
        : throw new McpException($"{parameter} is '{word}': it takes {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");

    private sealed class Reported(IProgress<ProgressNotificationValue> progress) : IProgress<TaskEvent>
    {
        private float _last = -1;

        public void Report(TaskEvent value)
        {
            // The protocol wants progress that grows; an attempt that begins anew is only told of when it is further than the one before.
            if (value.Progress is not { } how || (float)how.Percent <= _last)
                return;
            _last = (float)how.Percent;
            progress.Report(new ProgressNotificationValue { Progress = _last, Total = 100, Message = how.Message });
        }
    }
}
