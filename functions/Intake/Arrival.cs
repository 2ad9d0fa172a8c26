namespace Tasklane.Intake;

/// <summary>Something that came in by itself and is to become a task.</summary>
/// <param name="Source">One of <see cref="ArrivalSources"/>; becomes the task's source.</param>
/// <param name="Id">A queue message's id, a blob's version, or an event's id.</param>
/// <param name="Text">As it came; a blob as its type and reference in JSON, an event as JSON.</param>
public sealed record Arrival(string Source, string Id, string Text);

/// <summary>Where arrivals come from.</summary>
public static class ArrivalSources
{
    public const string Queue = "queue";
    public const string Blob = Tasks.Handling.BlobReference.Source;
    public const string Event = "eventgrid";

    /// <summary>Messages of the stream; they are set aside in a stream of their own.</summary>
    public const string Stream = "stream";
}
