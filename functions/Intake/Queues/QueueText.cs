using System.Buffers.Text;
using System.Text;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Queues;

/// <summary>Messages of the storage queue: a task as <c>POST /api/tasks</c> takes it, as plain text or in base64.</summary>
internal static class QueueText
{
    /// <summary>What a message says: base64 is taken off where it is on. No JSON object is base64, as '{' is no sign of it.</summary>
    public static string Plain(string stored)
    {
        var text = stored.Trim();
        if (text.Length == 0 || text.StartsWith('{') || !Base64.IsValid(text))
            return stored;
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(text));
        }
        catch (DecoderFallbackException)
        {
            return stored;
        }
    }

    public static TaskRequest Read(Arrival arrival)
    {
        var text = arrival.Text.TrimStart('\uFEFF');
        if (string.IsNullOrWhiteSpace(text))
            throw new InvalidRequestException(RequestErrors.EmptyBody);
        return TaskRequestReader.ReadMessage(Encoding.UTF8.GetBytes(text), Arrivals.Key(ArrivalSources.Queue, arrival.Id));
    }
}
