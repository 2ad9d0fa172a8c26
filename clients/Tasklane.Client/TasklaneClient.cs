using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Tasklane.Client.Following;
using Tasklane.Client.Json;
using Tasklane.Client.Queue;
using Tasklane.Client.Schedules;
using Tasklane.Client.Transport;

namespace Tasklane.Client;

/// <summary>
/// Tasklane over HTTP. One for an application, used by any number of threads. What is refused is a <see cref="TasklaneException"/>; what may
/// have been carried out although no answer came is sent again only where that cannot do it twice.
/// </summary>
public sealed class TasklaneClient : IAsyncDisposable
{
    private readonly HttpClient? _ownHttp;
    private readonly LiveEvents? _live;
    private readonly ApiCalls _calls;
    private readonly TaskFollower _follower;
    private readonly FileDownload _files;

    /// <exception cref="ArgumentException">An option cannot be used; the message says which and what can.</exception>
    public TasklaneClient(TasklaneClientOptions options)
        : this(NewHttp(), options)
    {
        _ownHttp = _calls.Http;
    }

    /// <param name="http">Stays the caller's: it is not disposed of here, and its base address is not looked at.</param>
    /// <exception cref="ArgumentException">An option cannot be used; the message says which and what can.</exception>
    public TasklaneClient(HttpClient http, TasklaneClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        _calls = new ApiCalls(http, options.Check());
        _live = options.UseLiveEvents ? new LiveEvents(_calls) : null;
        _follower = new TaskFollower(_calls, _live, options);
        _files = new FileDownload(_calls, options);
        Schedules = new SchedulesClient(_calls);
    }

    /// <summary>At an address, as somebody.</summary>
    public TasklaneClient(string url, TasklaneCredential? credential = null)
        : this(new TasklaneClientOptions { Url = Uri.TryCreate(url, UriKind.Absolute, out var address) ? address : null, Credential = credential })
    {
    }

    public SchedulesClient Schedules { get; }

    /// <summary>Creates a task with a payload written by reflection, names in camelCase.</summary>
    public Task<TaskInfo> CreateAsync<TPayload>(string type, TPayload payload, TaskOptions? options = null, CancellationToken cancellation = default) =>
        CreateAsync(NewTask.Of(type, payload, options), options?.IdempotencyKey, cancellation);

    /// <summary>Creates a task with a payload written by source-generated code.</summary>
    public Task<TaskInfo> CreateAsync<TPayload>(
        string type, TPayload payload, JsonTypeInfo<TPayload> json, TaskOptions? options = null, CancellationToken cancellation = default) =>
        CreateAsync(NewTask.Of(type, payload, json, options), options?.IdempotencyKey, cancellation);

    /// <summary>Creates a task.</summary>
    /// <param name="idempotencyKey">See <see cref="TaskOptions.IdempotencyKey"/>.</param>
    public Task<TaskInfo> CreateAsync(NewTask task, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        _calls.SendAsync((ApiRequest.Post("api/tasks") with { Key = idempotencyKey ?? NewKey() }).With(task, TasklaneJson.Default.NewTask),
            TasklaneJson.Default.TaskInfo, cancellation);

    /// <summary>Creates up to 500 tasks, all or none.</summary>
    public Task<BulkAnswer> CreateManyAsync(IReadOnlyList<NewTask> tasks, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        BulkAsync(new BulkRequest { Tasks = tasks }, idempotencyKey, cancellation);

    /// <summary>Cancels, retries or deletes up to 500 tasks; those that it cannot be done to are left, and named in the answer.</summary>
    public Task<BulkAnswer> BulkAsync(BulkAction action, IReadOnlyList<string> ids, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        BulkAsync(new BulkRequest { Action = action, Ids = ids }, idempotencyKey, cancellation);

    /// <summary>The same for all that a filter finds; more than 500 are a task of their own, whose id the answer has.</summary>
    /// <param name="dryRun">Only counts them.</param>
    public Task<BulkAnswer> BulkAsync(
        BulkAction action, TaskFilter filter, bool dryRun = false, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        BulkAsync(new BulkRequest { Action = action, Filter = filter, DryRun = dryRun ? true : null }, idempotencyKey, cancellation);

    public Task<TaskInfo> GetAsync(string id, CancellationToken cancellation = default) => SendAsync(ApiRequest.Get(Path(id)), cancellation);

    /// <summary>All tasks that a filter finds, newest first; pages are fetched as they are needed, none is missed or met twice.</summary>
    public async IAsyncEnumerable<TaskInfo> ListAsync(
        TaskFilter? filter = null, int pageSize = 100, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string? next = null;
        do
        {
            var page = await PageAsync(filter, next, pageSize, cancellation).ConfigureAwait(false);
            foreach (var task in page.Tasks)
                yield return task;
            next = page.Next;
        }
        while (next is not null);
    }

    /// <summary>One page, newest first.</summary>
    /// <param name="after">The <see cref="TaskPage.Next"/> of the page before.</param>
    /// <param name="pageSize">1 to 200.</param>
    public Task<TaskPage> PageAsync(TaskFilter? filter = null, string? after = null, int pageSize = 20, CancellationToken cancellation = default) =>
        _calls.SendAsync(
            ApiRequest.Get("api/tasks", [.. (filter ?? new TaskFilter()).Parameters(), ("after", after), ("pageSize", Number(pageSize))]),
            TasklaneJson.Default.TaskPage, cancellation);

    /// <summary>Cancels a task; a running one is asked to stop, and is cancelled a little later.</summary>
    public Task<TaskInfo> CancelAsync(string id, CancellationToken cancellation = default) =>
        SendAsync(ApiRequest.Post($"{Path(id)}/cancel") with { IsIdempotent = true }, cancellation);

    /// <summary>Cancels a task that has not begun; one that runs is refused with <c>task_running</c>.</summary>
    public Task<TaskInfo> CancelPendingAsync(string id, CancellationToken cancellation = default) =>
        SendAsync(new ApiRequest(HttpMethod.Delete, Path(id)), cancellation);

    /// <summary>Runs a failed or cancelled task again.</summary>
    public Task<TaskInfo> RetryAsync(string id, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        SendAsync(ApiRequest.Post($"{Path(id)}/retry") with { Key = idempotencyKey ?? NewKey() }, cancellation);

    /// <summary>Waits until a task has ended, and returns it as it ended.</summary>
    /// <param name="progress">Told of each of its changes meanwhile.</param>
    public Task<TaskInfo> WaitAsync(string id, IProgress<TaskEvent>? progress = null, CancellationToken cancellation = default) =>
        _follower.WaitAsync(id, progress, cancellation);

    /// <summary>Waits until a task has ended, and returns its result.</summary>
    /// <exception cref="TaskNotCompletedException">It failed, or was cancelled.</exception>
    public async Task<TResult?> WaitAsync<TResult>(string id, IProgress<TaskEvent>? progress = null, CancellationToken cancellation = default) =>
        (await WaitAsync(id, progress, cancellation).ConfigureAwait(false)).ResultAs<TResult>();

    /// <summary>Waits until a task has ended, and returns its result, read by source-generated code.</summary>
    /// <exception cref="TaskNotCompletedException">It failed, or was cancelled.</exception>
    public async Task<TResult?> WaitAsync<TResult>(
        string id, JsonTypeInfo<TResult> json, IProgress<TaskEvent>? progress = null, CancellationToken cancellation = default) =>
        (await WaitAsync(id, progress, cancellation).ConfigureAwait(false)).ResultAs(json);

    /// <summary>
    /// A task's changes after a version, each once and in their order, as they happen, until it has ended: live where the service offers
    /// it, and asked for where not.
    /// </summary>
    /// <param name="after">0 = from its creation on, as far as the service keeps them.</param>
    public IAsyncEnumerable<TaskEvent> EventsAsync(string id, long after = 0, CancellationToken cancellation = default) =>
        _follower.EventsAsync(id, after, cancellation);

    /// <summary>A task's log lines, oldest first.</summary>
    /// <param name="level">Only lines of this level and graver ones: debug, info, warning, error.</param>
    /// <param name="follow">Goes on until the task has ended.</param>
    public IAsyncEnumerable<TaskLogLine> LogsAsync(string id, string? level = null, bool follow = false, CancellationToken cancellation = default) =>
        _follower.LinesAsync(id, level, follow, cancellation);

    /// <summary>Writes the file that a task made; one that is cut off goes on where it was.</summary>
    /// <returns>Its name, as the task has it: never a path.</returns>
    public Task<DownloadedFile> DownloadAsync(string id, Stream destination, CancellationToken cancellation = default) =>
        _files.WriteAsync(id, _ => destination, cancellation);

    /// <summary>The same, with the stream chosen once the file's name and length are known.</summary>
    public Task<DownloadedFile> DownloadAsync(string id, Func<DownloadedFile, Stream> destination, CancellationToken cancellation = default) =>
        _files.WriteAsync(id, destination, cancellation);

    /// <summary>The types of tasks, each with the JSON Schema of its payload.</summary>
    public async Task<IReadOnlyList<TaskType>> GetTypesAsync(CancellationToken cancellation = default) =>
        (await _calls.SendAsync(ApiRequest.Get("api/tasks/types"), TasklaneJson.Default.TypeList, cancellation).ConfigureAwait(false)).Types;

    public Task<QueueStats> GetStatsAsync(CancellationToken cancellation = default) =>
        _calls.SendAsync(ApiRequest.Get("api/v1/queue/stats"), TasklaneJson.Default.QueueStats, cancellation);

    /// <param name="minutes">How far back: 1 to 1440.</param>
    public Task<QueueHistory> GetHistoryAsync(int minutes = 60, CancellationToken cancellation = default) =>
        _calls.SendAsync(ApiRequest.Get("api/v1/queue/stats/history", ("minutes", Number(minutes))), TasklaneJson.Default.QueueHistory, cancellation);

    /// <summary>Whether the service can serve; what it says when it cannot is an answer too.</summary>
    public Task<Health> GetHealthAsync(CancellationToken cancellation = default) =>
        _calls.SendAsync(ApiRequest.Get("api/health"), TasklaneJson.Default.Health, cancellation, alsoGood: HttpStatusCode.ServiceUnavailable);

    public async ValueTask DisposeAsync()
    {
        if (_live is not null)
            await _live.DisposeAsync().ConfigureAwait(false);
        _ownHttp?.Dispose();
    }

    internal static string NewKey() => Guid.NewGuid().ToString("N");

    /// <summary>
    /// Connections are renewed, so that a service that moves is found. Redirects are not followed: the service makes none, and a key in a
    /// header would go along to wherever one leads.
    /// </summary>
    internal static SocketsHttpHandler NewHandler() =>
        new() { PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseCookies = false, AllowAutoRedirect = false };

    private static HttpClient NewHttp() => new(NewHandler());

    private static string Path(string id) => $"api/tasks/{Uri.EscapeDataString(id)}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Task<TaskInfo> SendAsync(ApiRequest request, CancellationToken cancellation) =>
        _calls.SendAsync(request, TasklaneJson.Default.TaskInfo, cancellation);

    private Task<BulkAnswer> BulkAsync(BulkRequest request, string? key, CancellationToken cancellation) =>
        _calls.SendAsync((ApiRequest.Post("api/tasks/bulk") with { Key = key ?? NewKey() }).With(request, TasklaneJson.Default.BulkRequest),
            TasklaneJson.Default.BulkAnswer, cancellation);
}
