using System.Text;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Schedules;

/// <summary>The task that a schedule makes, as it was asked for.</summary>
internal static class TaskTemplate
{
    /// <summary>Room for the schedule's own tag.</summary>
    private const int MaxTags = TaskLimits.MaxTags - 1;

    /// <summary>Reads it again; it was checked when the schedule was made.</summary>
    public static TaskRequest Read(string json) => TaskRequestReader.Read(Encoding.UTF8.GetBytes(json), key: null);

    /// <exception cref="InvalidRequestException">It says when, which is for the schedule to say, or is no request.</exception>
    public static TaskRequest Check(ReadOnlyMemory<byte> json)
    {
        var request = TaskRequestReader.Read(json, key: null);
        if (request.RunAt is not null)
            throw InvalidRequestException.OfField("/runAt", FieldErrors.Unknown, "type, payload, priority, maxRetries, timeoutSeconds, backoff, tags");
        if (request.DelaySeconds is not null)
            throw InvalidRequestException.OfField("/delaySeconds", FieldErrors.Unknown, "type, payload, priority, maxRetries, timeoutSeconds, backoff, tags");
        return request.Tags.Count <= MaxTags ? request : throw InvalidRequestException.OfField("/tags", FieldErrors.MaxItems, MaxTags, request.Tags.Count);
    }
}
