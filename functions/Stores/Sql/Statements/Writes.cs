using static Tasklane.Stores.Sql.Statements.Column;

namespace Tasklane.Stores.Sql.Statements;

/// <summary>Every write there is. The tables are described in Schema.</summary>
internal static class Writes
{
    private static readonly Column[] Standing = [Text("status"), Text("line"), Int("line_rank"), Int("facet_own"), Int("facet_all")];

    private static readonly Column[] Course =
    [
        Int("progress"), Int("total"), Real("percent"), Text("progress_message"),
        Text("error_code"), Text("error_message"), Text("error_details"), Int("retry_count"),
        Time("started_at"), Time("completed_at"), Time("cancelled_at"), Time("run_at"), Time("due_at"),
        Int("version"), Int("run"), Int("attempt"), Int("fence"), Text("worker"), Text("epoch"), Flag("lease_ended"),
        Flag("cancel_requested"), Int("recoveries"), Flag("has_orchestration"),
    ];

    private static readonly Column[] Nature =
    [
        Text("task_id"), Text("task_type"), Text("priority"), Int("max_retries"), Int("timeout_seconds"), Text("backoff"),
        Text("created_by"), Text("source"), Text("tags"), Time("created_at"),
    ];

    /// <summary>What a task's row is read by, in this order: id, nature, course, standing (see <see cref="Ledgers.TaskRow"/>).</summary>
    public static string TaskColumns { get; } =
        "t.id, " + string.Join(", ", Nature.Concat(Course).Concat(Standing).Select(column => "t." + column.Name));

    public static readonly SqlWrite NewTask = SqlWrite.Insert("async_tasks", [Int("id"), .. Nature, .. Course, .. Standing]);

    /// <summary>A change that moves the task neither to another status nor in line: touches no index.</summary>
    public static readonly SqlWrite TaskCourse = SqlWrite.Update("async_tasks", [Int("id"), .. Course]);
    public static readonly SqlWrite TaskStanding = SqlWrite.Update("async_tasks", [Int("id"), .. Course, .. Standing]);
    public static readonly SqlWrite DropTask = SqlWrite.Delete("async_tasks", Int("id"));

    public static readonly SqlWrite NewBody = SqlWrite.Insert("async_task_bodies", Int("id"), Text("payload"), Text("result"), Text("checkpoint"));
    public static readonly SqlWrite Body = SqlWrite.Update("async_task_bodies", Int("id"), Text("result"), Text("checkpoint"));
    public static readonly SqlWrite DropBody = SqlWrite.Delete("async_task_bodies", Int("id"));

    public static readonly SqlWrite NewParam = SqlWrite.Insert("async_task_params", Text("task_id"), Text("key"), Text("value"));
    public static readonly SqlWrite DropParams = SqlWrite.Delete("async_task_params", Text("task_id"));

    public static readonly SqlWrite NewLog =
        SqlWrite.Insert("async_task_logs", Int("id"), Text("task_id"), Text("level"), Text("message"), Time("created_at"));
    public static readonly SqlWrite DropLogs = SqlWrite.Delete("async_task_logs", Text("task_id"));

    public static readonly SqlWrite NewEvent = SqlWrite.Insert(
        "async_task_events", Int("position"), Int("id"), Int("version"), Text("name"), Time("created_at"), Text("data"));
    public static readonly SqlWrite DropEvents = SqlWrite.Delete("async_task_events", Int("id"));
    public static readonly SqlWrite DropDeliveredEvents = SqlWrite.Delete("async_task_events", Int("id"), Int("position <="));
    public static readonly SqlWrite TrimEvents =
        SqlWrite.Delete("async_task_events", Int("id"), Int("version <="), Int("position <="));

    public static readonly SqlWrite NewGone = SqlWrite.Insert("async_task_gone", Int("id"), Text("task_id"), Text("created_by"));
    public static readonly SqlWrite DropGone = SqlWrite.Delete("async_task_gone", Int("id"));

    public static readonly SqlWrite NewSlot = SqlWrite.Insert("async_task_slots", Int("id"), Int("until"), Text("task_type"), Text("created_by"));
    public static readonly SqlWrite Slot = SqlWrite.Update("async_task_slots", Int("id"), Int("until"));
    public static readonly SqlWrite DropSlot = SqlWrite.Delete("async_task_slots", Int("id"));

    public static readonly SqlWrite NewFacet = SqlWrite.Insert(
        "async_task_facets", Int("id"), Int("scope"), Text("created_by"), Text("task_type"), Text("priority"), Text("status"), Int("n"));
    public static readonly SqlWrite FacetCount = SqlWrite.Raise("async_task_facets", Int("id"), Int("n"));

    public static readonly SqlWrite NewTag = SqlWrite.Insert("async_task_tags", Text("tag"), Int("id"));
    public static readonly SqlWrite DropTag = SqlWrite.Delete("async_task_tags", Text("tag"), Int("id"));
    public static readonly SqlWrite NewWord = SqlWrite.Insert("async_task_words", Text("word"), Int("id"));
    public static readonly SqlWrite DropWord = SqlWrite.Delete("async_task_words", Text("word"), Int("id"));

    public static readonly SqlWrite Key = SqlWrite.Put(
        "async_task_keys", 2, Text("created_by"), Text("key"), Int("id"), Text("request_hash"), Time("expires_at"));
    public static readonly SqlWrite DropKeys = SqlWrite.Delete("async_task_keys", Time("expires_at <="));

    public static readonly SqlWrite File = SqlWrite.Put("async_task_files", 2, Int("id"), Int("chunk"), Bytes("bytes"));
    public static readonly SqlWrite DropFiles = SqlWrite.Delete("async_task_files", Int("id"));

    public static readonly SqlWrite Worker =
        SqlWrite.Put("async_task_workers", 1, Text("name"), Text("epoch"), Int("running"), Time("seen_at"));
    public static readonly SqlWrite DropWorkers = SqlWrite.Delete("async_task_workers", Time("seen_at <="));

    public static readonly SqlWrite Count = SqlWrite.Add("async_task_counts", 2, Int("minute"), Text("name"), Int("n"));
    public static readonly SqlWrite Gauge = SqlWrite.Put("async_task_counts", 2, Int("minute"), Text("name"), Int("n"));
    public static readonly SqlWrite DropCounts = SqlWrite.Delete("async_task_counts", Int("minute >"), Int("minute <"));

    public static readonly SqlWrite NewLine = SqlWrite.Insert(
        "async_log_lines", Int("id"), Text("created_by"), Time("at"), Text("level"), Text("service"), Text("message"), Time("stored_at"));
    public static readonly SqlWrite DropLines = SqlWrite.Delete("async_log_lines", Int("id <="));

    public static readonly SqlWrite Hub = SqlWrite.Update(
        "async_task_hub", Int("one"), Int("writes"), Int("last_task"), Int("last_event"), Int("last_facet"), Int("last_log"),
        Int("last_line"), Int("events_acked"), Flag("pump_asleep"), Time("drained_at"), Int("next_lapse"), Int("waiting_high"), Int("waiting_normal"),
        Int("waiting_low"), Int("delayed"), Int("normal_passed"), Int("low_passed"));
}
