namespace Tasklane.Stores.Sql.Statements;

/// <summary>The queries by which a transition finds what it works on.</summary>
internal static class Reads
{
    private static readonly string Task = Writes.TaskColumns;

    private const string HubColumns =
        "writes, last_task, last_event, last_facet, last_log, last_line, events_acked, pump_asleep, drained_at, next_lapse, " +
        "waiting_high, waiting_normal, waiting_low, delayed, normal_passed, low_passed";

    /// <summary>In PostgreSQL this takes the hub's lock: its transitions follow one another, as those of an SQLite file do.</summary>
    public static readonly SqlRead Hub = new(
        $"select {HubColumns} from async_task_hub where one = 1",
        $"select {HubColumns} from async_task_hub where one = 1 for update");

    public static readonly SqlRead Tasks = new(
        $"select {Task}, s.until from async_tasks t left join async_task_slots s on s.id = t.id where t.task_id {{any:1}}");

    public static readonly SqlRead Bodies = new(
        "select t.id, b.payload, b.result, b.checkpoint from async_tasks t join async_task_bodies b on b.id = t.id where t.task_id {any:1}");

    public static readonly SqlRead BodiesByNumber = new("select id, payload, result, checkpoint from async_task_bodies where id {any:1}");

    /// <summary>Tasks whose slot has ended.</summary>
    public static readonly SqlRead Lapsed = new(
        $"select {Task}, s.until from async_task_slots s join async_tasks t on t.id = s.id where s.until <= $1 limit $2");

    /// <summary>When the next slot after a time ends.</summary>
    public static readonly SqlRead NextLapse = new("select min(until) from async_task_slots where until > $1");

    /// <summary>The next in a line after a rank and id. None of them holds a slot.</summary>
    public static readonly SqlRead Line = new(
        $"select {Task}, null from async_tasks t where t.line = $1 and (t.line_rank, t.id) > ($2, $3) order by t.line_rank, t.id limit $4");

    /// <summary>The lines behind limits that somebody stands in: in order, each once, found without visiting all who stand there.</summary>
    public static readonly SqlRead HeldBackLines = new(
        """
        with recursive held (line) as (
          select min(line) from async_tasks where line >= 'held:' and line < 'held;'
          union all
          select (select min(t.line) from async_tasks t where t.line > held.line and t.line < 'held;') from held where held.line is not null)
        select line from held where line is not null
        """);

    /// <summary>Slots held, by type and user.</summary>
    public static readonly SqlRead Slots = new(
        "select task_type, created_by, count(*) from async_task_slots group by task_type, created_by");

    public static readonly SqlRead Facet = new(
        "select id from async_task_facets where scope = $1 and created_by = $2 and task_type = $3 and priority = $4 and status = $5");

    /// <summary>Idempotency keys and what they were used for; those of purged tasks are not among them.</summary>
    public static readonly SqlRead Keys = new(
        $"select k.created_by, k.key, k.request_hash, k.expires_at, {Task}, s.until from async_task_keys k " +
        "join async_tasks t on t.id = k.id left join async_task_slots s on s.id = t.id where k.key {any:1}");

    public static readonly SqlRead Outbox = new(
        """
        select e.position, coalesce(t.task_id, g.task_id), coalesce(t.created_by, g.created_by), e.name, e.version, e.created_at, e.data
        from async_task_events e left join async_tasks t on t.id = e.id left join async_task_gone g on g.id = e.id
        where e.position > $1 order by e.position limit $2
        """);

    /// <summary>Events of a task that nobody has acknowledged.</summary>
    public static readonly SqlRead Undelivered = new("select distinct id from async_task_events where id {any:1} and position > $2");

    /// <summary>Purged tasks whose events have all been delivered meanwhile.</summary>
    public static readonly SqlRead DeliveredGone = new(
        """
        select g.id from async_task_gone g
        where not exists (select 1 from async_task_events e where e.id = g.id and e.position > $1) limit $2
        """);

    public static readonly SqlRead OldestEvent = new(
        "select created_at from async_task_events where position > $1 order by position limit 1");

    public static readonly SqlRead OldestLines = new("select id, stored_at from async_log_lines order by id limit $1");
}
