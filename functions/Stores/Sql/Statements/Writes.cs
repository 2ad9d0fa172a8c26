using static Tasklane.Stores.Sql.Statements.Column;

namespace Tasklane.Stores.Sql.Statements;

/// <summary>Every write there is. The tables are described in Schema.</summary>
internal static class Writes
{
    private static readonly Column[] Indexed = [Text("status"), Text("queue"), Int("queue_rank"), Int("facet_own"), Int("facet_all")];

    private static readonly Column[] Mutable =
    [
        Int("progress"), Int("total"), Real("percent"), Text("progress_message"),
        Text("error_code"), Text("error_message"), Text("error_details"), Int("retry_count"),
        Time("started_at"), Time("completed_at"), Time("cancelled_at"), Time("run_at"), Time("due_at"), Time("changed_at"),
        Int("version"), Int("run"), Int("attempt"), Int("fence"), Text("worker"), Text("epoch"), Flag("lease_ended"),
        Flag("cancel_requested"), Int("recoveries"), Flag("has_orchestration"), Int("log_lines"), Int("log_dropped_after"), Int("log_dropped_to"), Int("links"),
    ];

    private static readonly Column[] Immutable =
    [
        Text("task_id"), Text("task_type"), Text("priority"), Int("max_retries"), Int("timeout_seconds"), Text("backoff"),
        Text("created_by"), Text("source"), Text("tags"), Time("created_at"), Text("relations"),
    ];

    /// <summary>What a task's row is read by, in this order: id, immutable, mutable, indexed columns (see <see cref="Transactions.TaskRow"/>).</summary>
    public static string TaskColumns { get; } =
        "t.id, " + string.Join(", ", Immutable.Concat(Mutable).Concat(Indexed).Select(column => "t." + column.Name));

    public static readonly SqlWrite NewTask = SqlWrite.Insert("async_tasks", [Int("id"), .. Immutable, .. Mutable, .. Indexed]);

    /// <summary>A change that moves the task neither to another status nor in a queue: touches no index.</summary>
    public static readonly SqlWrite TaskMutable = SqlWrite.Update("async_tasks", [Int("id"), .. Mutable]);
    public static readonly SqlWrite TaskIndexed = SqlWrite.Update("async_tasks", [Int("id"), .. Mutable, .. Indexed]);
    public static readonly SqlWrite DropTask = SqlWrite.Delete("async_tasks", Int("id"));

    public static readonly SqlWrite NewBody = SqlWrite.Insert("async_task_bodies", Int("id"), Text("payload"), Text("result"), Text("checkpoint"));
    public static readonly SqlWrite Body = SqlWrite.Update("async_task_bodies", Int("id"), Text("result"), Text("checkpoint"));
    public static readonly SqlWrite DropBody = SqlWrite.Delete("async_task_bodies", Int("id"));

    public static readonly SqlWrite NewParam = SqlWrite.Insert("async_task_params", Text("task_id"), Text("\"key\""), Text("value"));
    public static readonly SqlWrite DropParams = SqlWrite.Delete("async_task_params", Text("task_id"));

    public static readonly SqlWrite NewLog =
        SqlWrite.Insert("async_task_logs", Auto("id"), Text("task_id"), Int("no"), Text("level"), Text("message"), Time("created_at"));
    public static readonly SqlWrite DropSomeLogs = SqlWrite.Delete("async_task_logs", Text("task_id"), Int("no >"), Int("no <="));
    public static readonly SqlWrite DropLogs = SqlWrite.Delete("async_task_logs", Text("task_id"));

    public static readonly SqlWrite NewEvent = SqlWrite.Insert(
        "async_task_events", Auto("position"), Int("id"), Int("version"), Text("name"), Time("created_at"), Text("data"));
    public static readonly SqlWrite DropEvents = SqlWrite.Delete("async_task_events", Int("id"));

    private const string IsDelivered = "not exists (select 1 from async_task_outbox as o where o.position = t.position)";
    public static readonly SqlWrite DropDeliveredEvents = SqlWrite.Delete("async_task_events", IsDelivered, Int("id"));
    public static readonly SqlWrite TrimProgress =
        SqlWrite.Delete("async_task_events", IsDelivered + " and t.name = 'task:progress'", Int("id"), Int("version <="));

    /// <summary>Events up to a version that stand before the newest thousand which are no progress.</summary>
    public static readonly SqlWrite TrimSteps = SqlWrite.Of(
        [Int("id"), Int("version")],
        $"delete from async_task_events as t where t.id = $1 and t.version <= $2 and t.version <= ({ThousandthStep("$1")}) and {IsDelivered}",
        $"delete from async_task_events as t using {{rows}} where t.id = u.id and t.version <= u.version and t.version <= ({ThousandthStep("u.id")}) and {IsDelivered}",
        // MySQL reads from a table that it deletes from only by way of another.
        $"delete t from async_task_events as t where t.id = $1 and t.version <= $2 and t.version <= (select version from ({ThousandthStep("$1")}) as s) and {IsDelivered}");

    private static string ThousandthStep(string id) =>
        $"select e.version from async_task_events as e where e.id = {id} and e.name <> 'task:progress' order by e.version desc limit 1 offset 1000";

    /// <summary>An event that is still to be delivered. It has been given its position when it was written, right before.</summary>
    public static readonly SqlWrite ToOutbox = SqlWrite.Of(
        [Auto("position"), Int("id"), Int("version")],
        "insert into async_task_outbox (position) select position from async_task_events where position = $1 and id = $2 and version = $3",
        "insert into async_task_outbox (position) select e.position from {rows} join async_task_events as e on e.id = u.id and e.version = u.version",
        "insert into async_task_outbox (position) select position from async_task_events where id = $2 and version = $3");
    public static readonly SqlWrite Delivered = SqlWrite.Delete("async_task_outbox", Int("position >="), Int("position <="));

    public static readonly SqlWrite NewGone = SqlWrite.Insert("async_task_gone", Int("id"), Text("task_id"), Text("created_by"));
    public static readonly SqlWrite DropGone = SqlWrite.Delete("async_task_gone", Int("id"));

    public static readonly SqlWrite NewSlot =
        SqlWrite.Insert("async_task_slots", Int("id"), Int("until"), Text("task_type"), Text("created_by"), Text("seats"));
    public static readonly SqlWrite Slot = SqlWrite.Update("async_task_slots", Int("id"), Int("until"), Text("seats"));
    public static readonly SqlWrite DropSlot = SqlWrite.Delete("async_task_slots", Int("id"));

    /// <summary>Who has a seat; null frees it. Servers only.</summary>
    public static readonly SqlWrite Seat = SqlWrite.Update("async_task_seats", 2, Text("pool"), Int("no"), Int("id"));

    public static readonly SqlWrite NewFacet = SqlWrite.Insert(
        "async_task_facets", Int("id"), Int("scope"), Text("created_by"), Text("task_type"), Text("priority"), Text("status"));
    public static readonly SqlWrite FacetCount = SqlWrite.Add("async_task_facet_counts", 2, Int("id"), Int("shard"), Int("n"));

    public static readonly SqlWrite NewTag = SqlWrite.Insert("async_task_tags", Text("tag"), Int("id"));
    public static readonly SqlWrite DropTag = SqlWrite.Delete("async_task_tags", Text("tag"), Int("id"));
    public static readonly SqlWrite NewWord = SqlWrite.Insert("async_task_words", Text("word"), Int("id"));
    public static readonly SqlWrite DropWord = SqlWrite.Delete("async_task_words", Text("word"), Int("id"));

    public static readonly SqlWrite Link = SqlWrite.Put("async_task_links", 2, Int("id"), Int("dependent"), Flag("is_child"));
    public static readonly SqlWrite DropLink = SqlWrite.Delete("async_task_links", Int("id"), Int("dependent"));

    private static readonly Column[] ScheduleColumns = [Text("id"), Text("created_by"), Int("due_at"), Int("version"), Text("data")];

    /// <summary>Two who make the same at once meet here.</summary>
    public static readonly SqlWrite NewSchedule = SqlWrite.Insert("async_schedules", ScheduleColumns);
    public static readonly SqlWrite Schedule = SqlWrite.Update("async_schedules", ScheduleColumns);
    public static readonly SqlWrite DropSchedule = SqlWrite.Delete("async_schedules", Text("id"));

    private static readonly Column[] StoredFileColumns =
    [
        Text("id"), Text("created_by"), Text("name"), Text("content_type"), Int("length"), Int("size"), Text("sha256"), Int("created_at"), Int("expires_at"),
    ];

    public static readonly SqlWrite NewStoredFile = SqlWrite.Insert("async_files", StoredFileColumns);
    public static readonly SqlWrite StoredFile = SqlWrite.Update("async_files", StoredFileColumns);
    public static readonly SqlWrite DropStoredFile = SqlWrite.Delete("async_files", Text("id"));
    public static readonly SqlWrite FilePiece = SqlWrite.Put("async_file_pieces", 2, Text("id"), Int("at"), Bytes("bytes"));
    public static readonly SqlWrite DropPieces = SqlWrite.Delete("async_file_pieces", Text("id"), Int("at >="));

    public static readonly SqlWrite MarketSector = SqlWrite.Put("market_sectors", 1, Text("code"), Text("name"));
    public static readonly SqlWrite MarketStock = SqlWrite.Put("market_stocks", 1, Text("code"), Text("name"), Text("sector"));
    public static readonly SqlWrite MarketPrice = SqlWrite.Put(
        "market_prices", 2, Text("code"), Text("day"), Real("open"), Real("high"), Real("low"), Real("close"), Int("volume"));

    public static readonly SqlWrite NewRate = SqlWrite.Insert("async_task_rates", Text("created_by"), Real("taken_to"));
    public static readonly SqlWrite Rate = SqlWrite.Update("async_task_rates", Text("created_by"), Real("taken_to"));
    public static readonly SqlWrite DropRate = SqlWrite.Delete("async_task_rates", Text("created_by"));

    private static readonly Column[] KeyColumns = [Text("created_by"), Text("\"key\""), Int("id"), Text("request_hash"), Time("expires_at"), Text("line_ids")];

    /// <summary>Two who use a key for the first time at once meet here: the second is refused, and finds it used when it tries again.</summary>
    public static readonly SqlWrite NewKey = SqlWrite.Insert("async_task_keys", KeyColumns);
    public static readonly SqlWrite UsedKey = SqlWrite.Update("async_task_keys", 2, KeyColumns);
    public static readonly SqlWrite DropKey = SqlWrite.Delete("async_task_keys", Text("created_by"), Text("\"key\""));

    public static readonly SqlWrite DropKeyOf = SqlWrite.Delete("async_task_keys", Text("created_by"), Text("\"key\""), Int("id"));

    public static readonly SqlWrite File = SqlWrite.Put("async_task_files", 2, Int("id"), Int("chunk"), Bytes("bytes"));
    public static readonly SqlWrite DropSomeFile = SqlWrite.Delete("async_task_files", Int("id"), Int("chunk >="));
    public static readonly SqlWrite DropFiles = SqlWrite.Delete("async_task_files", Int("id"));

    public static readonly SqlWrite Worker =
        SqlWrite.Put("async_task_workers", 1, Text("name"), Text("epoch"), Int("running"), Time("seen_at"));
    public static readonly SqlWrite DropWorkers = SqlWrite.Delete("async_task_workers", Time("seen_at <="));

    public static readonly SqlWrite Count = SqlWrite.Add("async_task_counts", 3, Int("minute"), Text("name"), Int("shard"), Int("n"));
    public static readonly SqlWrite Gauge = SqlWrite.Put("async_task_counts", 3, Int("minute"), Text("name"), Int("shard"), Int("n"));
    public static readonly SqlWrite DropCount = SqlWrite.Delete("async_task_counts", Int("minute"), Text("name"), Int("shard"));
    public static readonly SqlWrite HourCount = SqlWrite.Add("async_task_hours", 2, Int("hour"), Text("name"), Int("n"));
    public static readonly SqlWrite HourGauge = SqlWrite.Put("async_task_hours", 2, Int("hour"), Text("name"), Int("n"));
    public static readonly SqlWrite DropHours = SqlWrite.Delete("async_task_hours", Int("hour <"));

    public static readonly SqlWrite NewLine = SqlWrite.Insert(
        "async_log_lines", Int("id"), Text("created_by"), Time("at"), Text("level"), Text("service"), Text("message"), Time("stored_at"));
    public static readonly SqlWrite DropLine = SqlWrite.Delete("async_log_lines", Int("id"));

    /// <summary>Servers only; SQLite has both in the hub's row.</summary>
    public static readonly SqlWrite Pump = SqlWrite.Update("async_task_pump", Int("one"), Flag("asleep"), Time("drained_at"));
    public static readonly SqlWrite Turns = SqlWrite.Update("async_task_turns", Int("one"), Int("normal_passed"), Int("low_passed"));

    /// <summary>SQLite only.</summary>
    public static readonly SqlWrite Hub = SqlWrite.Update(
        "async_task_hub", Int("one"), Int("writes"), Int("last_task"), Int("last_event"), Int("last_facet"), Int("last_log"),
        Int("last_line"), Flag("pump_asleep"), Time("drained_at"), Int("next_lapse"), Int("waiting_high"), Int("waiting_normal"),
        Int("waiting_low"), Int("delayed"), Int("normal_passed"), Int("low_passed"));
}
