using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Tasklane.Tasks.Storing;

/// <summary>The data of each event: a JSON object of the fields that changed, camelCase as in the HTTP API. Id, version and time are added at delivery.</summary>
public static class TaskEventData
{
    /// <summary>A result longer than this is summarised in an event; clients read the whole by HTTP.</summary>
    public const int SummaryLength = 512;

    public static string Created(NewTask task) => Write(json =>
    {
        json.WriteString("type", task.Type);
        json.WriteString("status", "pending");
        json.WriteString("priority", task.Priority.Name());
        json.WriteString("source", task.Source);
    });

    public static string Started(DateTimeOffset at, int attempt, string worker) => Write(json =>
    {
        json.WriteString("status", "running");
        Timestamps.Write(json, "startedAt"u8, at);
        json.WriteNumber("attempt", attempt);
        json.WriteString("worker", worker);
    });

    public static string Progress(TaskProgress progress) => Write(json =>
    {
        json.WriteStartObject("progress");
        json.WriteNumber("current", progress.Current);
        json.WriteNumber("total", progress.Total);
        json.WriteNumber("percent", progress.Percent);
        json.WriteString("message", progress.Message);
        json.WriteEndObject();
    });

    public static string Completed(DateTimeOffset at, string result) => Write(json =>
    {
        json.WriteString("status", "completed");
        Timestamps.Write(json, "completedAt"u8, at);
        if (result.Length <= SummaryLength)
        {
            json.WritePropertyName("result");
            json.WriteRawValue(result, skipInputValidation: true);
        }
        else
        {
            json.WriteString("resultSummary", Characters.Cut(result, SummaryLength));
        }
    });

    public static string Failed(DateTimeOffset at, TaskError error) => Write(json =>
    {
        json.WriteString("status", "failed");
        Timestamps.Write(json, "completedAt"u8, at);
        WriteError(json, error);
    });

    /// <summary>Back to pending: after a failed attempt (error and runAt), a shutdown, or by hand (neither).</summary>
    public static string Retrying(int retryCount, TaskError? error, DateTimeOffset? runAt) => Write(json =>
    {
        json.WriteString("status", "pending");
        json.WriteNumber("retryCount", retryCount);
        if (runAt is { } at)
            Timestamps.Write(json, "runAt"u8, at);
        if (error is not null)
            WriteError(json, error);
    });

    public static string Cancelled(DateTimeOffset at) => Write(json =>
    {
        json.WriteString("status", "cancelled");
        Timestamps.Write(json, "cancelledAt"u8, at);
    });

    private static void WriteError(Utf8JsonWriter json, TaskError error)
    {
        json.WriteStartObject("error");
        json.WriteString("code", error.Code);
        json.WriteString("message", Characters.Cut(error.Message, SummaryLength));
        json.WriteEndObject();
    }

    private static string Write(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainEncoder.Instance, SkipValidation = true }))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
