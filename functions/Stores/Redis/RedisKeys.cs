using StackExchange.Redis;
using Tasklane.Tasks;

namespace Tasklane.Stores.Redis;

/// <summary>
/// Every key of a hub, with its Redis type. All begin with the hub's name in braces, the hash tag, so that a hub is one slot of
/// a cluster and a script may touch any of its keys; several hubs spread over the cluster. The tag ends at the first closing
/// brace, so whatever characters a user's id, a type or a tag brings along, it cannot move a key to another slot.
/// <para>
/// Scripts take the keys of their own task as KEYS. The hub's other keys never change, so they stand in the scripts' text (see
/// <see cref="RedisScripts"/>): as arguments they would cost a script a fifth of its time.
/// </para>
/// </summary>
internal sealed class RedisKeys
{
    private readonly string _prefix;

    public RedisKeys(string hub) => _prefix = $"{{{hub}}}:";

    /// <summary>Hash: the task; its fields are listed in <see cref="RedisFields"/>.</summary>
    public RedisKey Task(string id) => $"{_prefix}task:{id}";

    /// <summary>List: the task's events, oldest first, the newest 1,000 at least.</summary>
    public RedisKey Events(string id) => $"{_prefix}task:events:{id}";

    /// <summary>List: of the events that are no longer in <see cref="Events"/>, those that are no progress, oldest first; the newest 1,000.</summary>
    public RedisKey Steps(string id) => $"{_prefix}task:steps:{id}";

    /// <summary>List: the task's log lines, oldest first; where there are more than are kept, the first half of those.</summary>
    public RedisKey Logs(string id) => $"{_prefix}task:logs:{id}";

    /// <summary>List: the last log lines of a task that has more than <see cref="Logs"/> may hold.</summary>
    public RedisKey LastLogs(string id) => $"{_prefix}task:logs:last:{id}";

    /// <summary>Hash: chunk index to bytes, of the file that the task makes.</summary>
    public RedisKey File(string id) => $"{_prefix}task:file:{id}";

    /// <summary>String: what an idempotency key was used for; see once.lua. The length keeps two users' keys apart.</summary>
    public RedisKey Once(RequestKey key) => $"{_prefix}task:once:{key.User.Length}:{key.User}:{key.Key}";

    /// <summary>String: written by health checks, gone a minute later.</summary>
    public RedisKey Probe => $"{_prefix}probe";

    /// <summary>Hash: what happened within a minute since 1970, counted.</summary>
    public RedisKey Minute(long minute) => $"{_prefix}stats:minute:{minute}";

    /// <summary>Sorted set: minutes that have counts.</summary>
    public RedisKey Minutes => $"{_prefix}stats:minutes";

    /// <summary>Sorted set: hours since 1970 that have counts of minutes which are a day old.</summary>
    public RedisKey Hours => $"{_prefix}stats:hours";

    /// <summary>Hash: counts of all minutes that are over.</summary>
    public RedisKey Totals => $"{_prefix}stats:totals";

    /// <summary>Sorted set: tasks that run, by the end of their leases.</summary>
    public RedisKey Running => $"{_prefix}task:running";

    /// <summary>Sorted set: pending tasks with a slot, by when it lapses.</summary>
    public RedisKey Granted => $"{_prefix}task:granted";

    /// <summary>Sorted set: running tasks whose ended lease has been reported, by when to report it again.</summary>
    public RedisKey Lost => $"{_prefix}task:lost";

    /// <summary>Sorted set: pending tasks aside until their time, by that time.</summary>
    public RedisKey Delayed => $"{_prefix}task:delayed";

    /// <summary>List: "when id" of ended tasks in the order of their ends, for the purge.</summary>
    public RedisKey Ended => $"{_prefix}task:ended";

    /// <summary>List: ended tasks whose end others are still to be told of.</summary>
    public RedisKey Settling => $"{_prefix}task:settling";

    /// <summary>Hash: how many grants have passed the head of lane normal, and of lane low.</summary>
    public RedisKey Passed => $"{_prefix}task:passed";

    /// <summary>Sorted set: the kinds ("type:..." or "user:...") that have parked tasks, by when the sweep last looked.</summary>
    public RedisKey ParkedNames => $"{_prefix}task:parked:names";

    /// <summary>List: events not yet delivered, oldest first.</summary>
    public RedisKey Outbox => $"{_prefix}outbox";

    /// <summary>Hash: the outbox' position, when it was last drained, and the changes without an event (see changed.lua).</summary>
    public RedisKey Pump => $"{_prefix}outbox:pump";

    /// <summary>Sorted set: numbers of the segments (4,096 tasks each) that hold tasks.</summary>
    public RedisKey Segments => $"{_prefix}tasks:segments";

    /// <summary>String: the segment's task ids, 16 bytes each.</summary>
    public RedisKey Ids(long segment) => $"{_prefix}tasks:ids:{segment}";

    /// <summary>Sorted set, all of score 0: "word:bit" for each word by which one of the segment's tasks is found.</summary>
    public RedisKey Words(long segment) => $"{_prefix}tasks:words:{segment}";

    /// <summary>Set: every type of which there has been a task.</summary>
    public RedisKey Types => $"{_prefix}tasks:types";

    /// <summary>Sorted set: workers by their last sign of life.</summary>
    public RedisKey Workers => $"{_prefix}workers";

    /// <summary>Stream: a user's log lines.</summary>
    public RedisKey Lines(string user) => $"{_prefix}lines:{user}";

    /// <summary>Sorted set: users with log lines, by when their oldest was stored.</summary>
    public RedisKey LineOwners => $"{_prefix}lines-owners";

    /// <summary>Hash: a schedule's owner, version and JSON.</summary>
    public RedisKey Schedule(string id) => $"{_prefix}schedule:{id}";

    /// <summary>Sorted set, all of score 0: ids of all schedules.</summary>
    public RedisKey Schedules => $"{_prefix}schedules";

    /// <summary>Sorted set, all of score 0: ids of a user's schedules.</summary>
    public RedisKey SchedulesOf(string user) => $"{_prefix}schedules:user:{user}";

    /// <summary>Sorted set: schedules by when to look at them.</summary>
    public RedisKey SchedulesDue => $"{_prefix}schedules:due";

    /// <summary>Hash: what a file is.</summary>
    public RedisKey StoredFile(string id) => $"{_prefix}file:{id}";

    /// <summary>Hash: a file's pieces, by where they stand.</summary>
    public RedisKey FilePieces(string id) => $"{_prefix}file:pieces:{id}";

    /// <summary>Sorted set: where a file's pieces stand.</summary>
    public RedisKey FilePlaces(string id) => $"{_prefix}file:places:{id}";

    /// <summary>Sorted set, all of score 0: ids of a user's files.</summary>
    public RedisKey FilesOf(string user) => $"{_prefix}files:user:{user}";

    /// <summary>Sorted set: files by when their time is over.</summary>
    public RedisKey FilesByExpiry => $"{_prefix}files:expiry";

    /// <summary>Hashes: market data by code, and a stock's prices by day; sorted sets, all of score 0: the codes and days.</summary>
    public RedisKey Sectors => $"{_prefix}market:sectors";

    public RedisKey SectorCodes => $"{_prefix}market:sectors:codes";

    public RedisKey Stocks => $"{_prefix}market:stocks";

    public RedisKey StockCodes => $"{_prefix}market:stocks:codes";

    public RedisKey Prices(string code) => $"{_prefix}market:prices:{code}";

    public RedisKey PriceDays(string code) => $"{_prefix}market:days:{code}";

    /// <summary>String: up to when a user's requests have been taken in advance.</summary>
    public RedisKey Rate(string user) => $"{_prefix}rate:{user}";

    /// <summary>What stands before the segment's number in the keys of a facet's bitmaps (strings): bit n is set when the segment's n-th task has the value.</summary>
    public string ByStatus(TaskState state) => $"{_prefix}tasks:status:{state.Name()}:";

    public string ByPriority(TaskPriority priority) => $"{_prefix}tasks:priority:{priority.Name()}:";

    public string ByType(string type) => $"{_prefix}tasks:type:{type}:";

    /// <summary>Hashes, by segment: a tag, or a user, to its tasks in the segment; see facet.lua.</summary>
    public string Tags => $"{_prefix}tasks:tags:";

    public string Users => $"{_prefix}tasks:users:";

    /// <summary>Bitmaps of a tag and of a user, as a former version kept them; they are read until their tasks are purged.</summary>
    public string ByTag(string tag) => $"{_prefix}tasks:tag:{tag}:";

    public string ByUser(string user) => $"{_prefix}tasks:user:{user}:";

    /// <summary>Two keys that are never written; see <see cref="RedisScripts"/>.</summary>
    public IReadOnlyList<string> Absent => [$"{_prefix}absent:1", $"{_prefix}absent:2"];

    /// <summary>The keys, or their constant beginnings, under the names that the scripts use.</summary>
    public IEnumerable<(string Name, string Key)> InScripts =>
    [
        ("task", $"{_prefix}task:"),
        ("events", $"{_prefix}task:events:"),
        ("steps", $"{_prefix}task:steps:"),
        ("logs", $"{_prefix}task:logs:"),
        ("lastLogs", $"{_prefix}task:logs:last:"),
        ("file", $"{_prefix}task:file:"),
        ("minute", $"{_prefix}stats:minute:"),
        ("minutes", Minutes!),
        // Hash: what happened within an hour since 1970, as far as its minutes are a day old; as a minute's.
        ("hour", $"{_prefix}stats:hour:"),
        ("hours", Hours!),
        ("running", Running!),
        ("granted", Granted!),
        ("lost", Lost!),
        ("delayed", Delayed!),
        ("ended", Ended!),
        // Sets: who is to be told of a task's end, and for whom a task waits; see links.lua.
        ("links", $"{_prefix}task:links:"),
        ("waits", $"{_prefix}task:waits:"),
        ("settling", Settling!),
        ("passed", Passed!),
        // Sorted sets: the lanes, tasks by sequence number.
        ("lane", $"{_prefix}task:queue:"),
        // Sorted sets: slots of a type or of a user that has a limit, by when they lapse; "type:" or "user:" follows.
        ("slots", $"{_prefix}task:slots:"),
        // Sorted sets: tasks held back by a limit, by lane and sequence number; all of them, and by kind.
        ("parked", $"{_prefix}task:parked"),
        ("parkedBy", $"{_prefix}task:parked:by:"),
        ("parkedNames", ParkedNames!),
        ("outbox", Outbox!),
        ("pump", Pump!),
        // String: the last task's sequence number.
        ("sequence", $"{_prefix}tasks:sequence"),
        ("segments", Segments!),
        ("ids", $"{_prefix}tasks:ids:"),
        ("words", $"{_prefix}tasks:words:"),
        ("types", Types!),
        ("byStatus", $"{_prefix}tasks:status:"),
        ("byType", $"{_prefix}tasks:type:"),
        ("byPriority", $"{_prefix}tasks:priority:"),
        ("byUser", $"{_prefix}tasks:user:"),
        ("byTag", $"{_prefix}tasks:tag:"),
        ("users", Users),
        ("tags", Tags),
        ("workers", Workers!),
        // Hash: how many tasks each worker ran when it last renewed.
        ("workerLoads", $"{_prefix}workers:running"),
        ("lines", $"{_prefix}lines:"),
        ("filesOf", $"{_prefix}files:user:"),
        ("filesByExpiry", FilesByExpiry!),
        ("schedule", $"{_prefix}schedule:"),
        ("schedules", Schedules!),
        ("schedulesOf", $"{_prefix}schedules:user:"),
        ("schedulesDue", SchedulesDue!),
    ];
}
