using System.Globalization;
using System.Runtime.CompilerServices;
using Tasklane.Client.Json;
using Tasklane.Client.Transport;

namespace Tasklane.Client.Schedules;

/// <summary>Tasks by cron, by interval, or once.</summary>
public sealed class SchedulesClient
{
    private const int PageSize = 100;

    private readonly ApiCalls _calls;

    internal SchedulesClient(ApiCalls calls) => _calls = calls;

    public Task<Schedule> CreateAsync(NewSchedule schedule, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        SendAsync((ApiRequest.Post("api/schedules") with { Key = idempotencyKey ?? TasklaneClient.NewKey() }).With(schedule, TasklaneJson.Default.NewSchedule), cancellation);

    /// <param name="owner"><c>me</c> (default); for admins <c>all</c>, or a user's id.</param>
    public async IAsyncEnumerable<Schedule> ListAsync(string? owner = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string? next = null;
        do
        {
            var page = await _calls.SendAsync(
                ApiRequest.Get("api/schedules", ("owner", owner), ("after", next), ("pageSize", Number(PageSize))),
                TasklaneJson.Default.SchedulePage, cancellation).ConfigureAwait(false);
            foreach (var schedule in page.Schedules)
                yield return schedule;
            next = page.Next;
        }
        while (next is not null);
    }

    /// <summary>With its next ten ticks.</summary>
    public Task<Schedule> GetAsync(string id, CancellationToken cancellation = default) => SendAsync(ApiRequest.Get(Path(id)), cancellation);

    /// <summary>Replaces what it says; what it has done stays.</summary>
    public Task<Schedule> ReplaceAsync(string id, NewSchedule schedule, CancellationToken cancellation = default) =>
        SendAsync(new ApiRequest(HttpMethod.Put, Path(id)).With(schedule, TasklaneJson.Default.NewSchedule), cancellation);

    /// <summary>Its tasks stay.</summary>
    public async Task DeleteAsync(string id, CancellationToken cancellation = default)
    {
        using var answer = await _calls.SendAsync(new ApiRequest(HttpMethod.Delete, Path(id)), cancellation).ConfigureAwait(false);
    }

    public Task<Schedule> PauseAsync(string id, CancellationToken cancellation = default) =>
        SendAsync(ApiRequest.Post($"{Path(id)}/pause") with { IsIdempotent = true }, cancellation);

    /// <summary>It goes on from now.</summary>
    public Task<Schedule> ResumeAsync(string id, CancellationToken cancellation = default) =>
        SendAsync(ApiRequest.Post($"{Path(id)}/resume") with { IsIdempotent = true }, cancellation);

    /// <summary>Makes its task now, beside its ticks.</summary>
    public Task<TaskInfo> RunAsync(string id, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        _calls.SendAsync(ApiRequest.Post($"{Path(id)}/run") with { Key = idempotencyKey ?? TasklaneClient.NewKey() }, TasklaneJson.Default.TaskInfo, cancellation);

    /// <summary>The tasks that it made, newest first.</summary>
    public async IAsyncEnumerable<TaskInfo> RunsAsync(string id, TaskState? status = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string? next = null;
        do
        {
            var page = await _calls.SendAsync(
                ApiRequest.Get($"{Path(id)}/runs", ("status", status?.Name()), ("after", next), ("pageSize", Number(PageSize))),
                TasklaneJson.Default.TaskPage, cancellation).ConfigureAwait(false);
            foreach (var task in page.Tasks)
                yield return task;
            next = page.Next;
        }
        while (next is not null);
    }

    /// <summary>When a plan would tick, without making it.</summary>
    public async Task<IReadOnlyList<DateTimeOffset>> PreviewAsync(
        string cron, string? timeZone = null, int count = 10, CancellationToken cancellation = default) =>
        (await _calls.SendAsync(
            ApiRequest.Get("api/schedules/preview", ("cron", cron), ("timeZone", timeZone), ("count", Number(count))),
            TasklaneJson.Default.Ticks, cancellation).ConfigureAwait(false)).Next;

    private static string Path(string id) => $"api/schedules/{Uri.EscapeDataString(id)}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Task<Schedule> SendAsync(ApiRequest request, CancellationToken cancellation) =>
        _calls.SendAsync(request, TasklaneJson.Default.Schedule, cancellation);
}
