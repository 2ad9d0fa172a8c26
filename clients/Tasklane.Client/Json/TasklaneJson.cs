using System.Text.Json;
using System.Text.Json.Serialization;
using Tasklane.Client.Queue;
using Tasklane.Client.Schedules;

namespace Tasklane.Client.Json;

/// <summary>What goes over the wire, as source-generated code.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TaskInfo))]
[JsonSerializable(typeof(TaskPage))]
[JsonSerializable(typeof(NewTask))]
[JsonSerializable(typeof(TaskEvent))]
[JsonSerializable(typeof(EventList))]
[JsonSerializable(typeof(LogPage))]
[JsonSerializable(typeof(TypeList))]
[JsonSerializable(typeof(BulkRequest))]
[JsonSerializable(typeof(BulkAnswer))]
[JsonSerializable(typeof(Schedule))]
[JsonSerializable(typeof(NewSchedule))]
[JsonSerializable(typeof(SchedulePage))]
[JsonSerializable(typeof(Ticks))]
[JsonSerializable(typeof(QueueStats))]
[JsonSerializable(typeof(QueueHistory))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(HubAddress))]
[JsonSerializable(typeof(SignIn))]
[JsonSerializable(typeof(SignedIn))]
internal sealed partial class TasklaneJson : JsonSerializerContext;

/// <summary>Names in camelCase, as the API has them.</summary>
internal sealed class EnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

internal sealed record EventList(IReadOnlyList<TaskEvent> Events);

internal sealed record LogPage(IReadOnlyList<TaskLogLine> Logs, long Total);

internal sealed record TypeList(IReadOnlyList<TaskType> Types);

internal sealed record SchedulePage(IReadOnlyList<Schedule> Schedules, string? Next);

internal sealed record Ticks(IReadOnlyList<DateTimeOffset> Next);

internal sealed record ProblemDocument(string? Code, string? Title, string? Detail, IReadOnlyList<FieldProblem>? Errors);

internal sealed record HubAddress(string Url, string AccessToken);

internal sealed record SignIn(string User, IReadOnlyList<string> Roles);

internal sealed record SignedIn(string Token);
