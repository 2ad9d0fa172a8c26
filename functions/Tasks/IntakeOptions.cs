namespace Tasklane.Tasks;

/// <summary>What comes in by itself: queue messages, blobs, events. The stream has settings of its own names, <see cref="StreamSettings"/>.</summary>
public sealed class IntakeOptions
{
    /// <summary>Whether messages of the storage queue <c>tasklane-tasks</c> become tasks. Needs the storage account of <see cref="Connection"/>.</summary>
    public bool Queue { get; set; }

    /// <summary>
    /// Whether blobs below <c>imports/{type}/</c> become tasks: "off"; "events", told by Event Grid, which Flex Consumption asks for; or
    /// "scan", by the host's own look at the container. Needs the storage account of <see cref="Connection"/>.
    /// </summary>
    public string Blobs { get; set; } = "off";

    /// <summary>
    /// Name of the setting with the storage account of queue, blobs and poison messages: a connection string, or the group
    /// <c>{name}__accountName</c> (or <c>__queueServiceUri</c> and <c>__blobServiceUri</c>) for a managed identity.
    /// </summary>
    public string Connection { get; set; } = "AzureWebJobsStorage";

    /// <summary>The user whose tasks these are (1 to 100 visible characters).</summary>
    public string User { get; set; } = "intake";

    /// <summary>Roles of that user, for task types that ask for one, with ',' between them.</summary>
    public string Roles { get; set; } = "";

    /// <summary>Whether a message may name another user as the task's <c>owner</c>. Whoever may write messages can then act for everybody.</summary>
    public bool Owners { get; set; }

    /// <summary>
    /// Keys that let a sender of events in, with ',' between them (16 to 200 visible characters each); without any, only signed-in admins
    /// and the role "events" may.
    /// </summary>
    public string EventKeys { get; set; } = "";

    /// <summary>
    /// Task types by event type: the event's data is the payload. A name may have '_' where the event type has other signs than letters
    /// and digits (environment variables cannot have dots everywhere). An event of type <c>tasklane.task</c> names its task type itself.
    /// </summary>
    public Dictionary<string, string> Events { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The task type that a stream's messages run.</summary>
    public string StreamType { get; set; } = "crawl";

    /// <summary>StackExchange.Redis configuration of the stream's server; <see cref="TasklaneOptions.Redis"/> when empty.</summary>
    public string StreamRedis { get; set; } = "";

    /// <summary>How long a consumer may hold a stream message without acknowledging it until another one claims it, in seconds (1 to 3600).</summary>
    public double StreamClaimSeconds { get; set; } = 60;

    /// <summary>How often a stream message may fail, for reasons other than an outage, before it is a dead letter (1 to 100).</summary>
    public int StreamMaxDeliveries { get; set; } = 5;

    /// <summary>How long handled messages stay in the stream, in hours (0 to 8784); 0 = for ever.</summary>
    public double StreamKeepHours { get; set; } = 24;

    /// <summary>What stands between the commas.</summary>
    internal static string[] Parts(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    internal IEnumerable<string> Problems()
    {
        if (Blobs is not ("off" or "events" or "scan")) yield return $"Tasklane:Intake:Blobs is '{Blobs}'; it must be off, events or scan.";
        if (Connection.Length == 0) yield return "Tasklane:Intake:Connection is empty; it must be the name of a setting, AzureWebJobsStorage unless told.";
        if (User.Length is 0 or > 100 || !Characters.AreVisible(User)) yield return $"Tasklane:Intake:User is '{User}'; it must be 1 to 100 visible characters.";
        foreach (var (i, key) in Parts(EventKeys).Index())
        {
            // Not the key itself: sentences end up in logs.
            if (key.Length is < 16 or > 200 || !Characters.AreVisible(key))
                yield return $"Tasklane:Intake:EventKeys: key {i + 1} has {key.Length} characters; it must have 16 to 200 visible ones.";
        }
        if (!(StreamClaimSeconds is >= 1 and <= 3600)) yield return $"Tasklane:Intake:StreamClaimSeconds is {StreamClaimSeconds}; it must be 1 to 3600.";
        if (StreamMaxDeliveries is < 1 or > 100) yield return $"Tasklane:Intake:StreamMaxDeliveries is {StreamMaxDeliveries}; it must be 1 to 100.";
        if (!(StreamKeepHours is >= 0 and <= 8784)) yield return $"Tasklane:Intake:StreamKeepHours is {StreamKeepHours}; it must be 0 to 8784.";
    }
}
