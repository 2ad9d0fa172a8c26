namespace Tasklane.Stores.Sql.Statements;

/// <summary>The queries by which a transition finds what it works on.</summary>
internal static class Reads
{
    private static readonly string Task = Writes.TaskColumns;

    /// <summary>SQLite only.</summary>
    public static readonly SqlRead Hub = new(
        "select writes, last_task, last_event, last_facet, last_log, last_line, pump_asleep, drained_at, next_lapse, " +
        "waiting_high, waiting_normal, waiting_low, delayed, normal_passed, low_passed from async_task_hub where one = 1");

    /// <summary>
    /// The tasks, locked in the order of their numbers, so that two transactions over several of them cannot wait for each other.
    /// Their slots are a query of their own on the servers: a row that was waited for comes in its newest version, what is joined to
    /// it as it was before the wait.
    /// </summary>
    public static readonly SqlRead Tasks = new(
        $"select {Task}, s.until, s.seats from async_tasks t left join async_task_slots s on s.id = t.id where t.task_id {{any:1}}",
        $"select {Task}, null, null from async_tasks t where t.task_id {{any:1}} order by t.id {{lock}}");

    /// <summary>Those of the tasks that no other transaction has locked.</summary>
    public static readonly SqlRead FreeTasks = new(Tasks.Sqlite, $"select {Task}, null, null from async_tasks t where t.task_id {{any:1}} order by t.id {{claim}}");

    public static readonly SqlRead SlotsOfTasks = new(
        "select s.id, s.until, s.seats from async_tasks t join async_task_slots s on s.id = t.id where t.task_id {any:1}");

    public static readonly SqlRead SlotsByNumber = new("select id, until, seats from async_task_slots where id {any:1}");

    public static readonly SqlRead Bodies = new(
        "select t.id, b.payload, b.result, b.checkpoint from async_tasks t join async_task_bodies b on b.id = t.id where t.task_id {any:1}");

    public static readonly SqlRead BodiesByNumber = new("select id, payload, result, checkpoint from async_task_bodies where id {any:1}");

    /// <summary>Tasks whose slot has ended. A null time is the database's own.</summary>
    public static readonly SqlRead Lapsed = new(
        $"select {Task}, s.until, s.seats from async_task_slots s join async_tasks t on t.id = s.id where s.until <= $1 limit $2",
        $"select {Task}, null, null from async_task_slots s join async_tasks t on t.id = s.id " +
        "where s.until <= coalesce($1, (extract(epoch from statement_timestamp()) * 1000)::bigint) order by s.until limit $2 {claim}",
        $"select {Task}, null, null from async_task_slots s join async_tasks t on t.id = s.id " +
        "where s.until <= coalesce($1, cast(unix_timestamp(now(3)) * 1000 as signed)) order by s.until limit $2 {claim}");

    /// <summary>When the next slot after a time ends.</summary>
    public static readonly SqlRead NextLapse = new("select min(until) from async_task_slots where until > $1");

    /// <summary>The next in a queue after a rank and id, up to a rank. None of them holds a slot.</summary>
    public static readonly SqlRead Queue = new(
        $"select {Task}, null, null from async_tasks t where t.queue = $1 and (t.queue_rank, t.id) > ($2, $3) and t.queue_rank <= $4 " +
        "order by t.queue_rank, t.id limit $5 {claim}",
        $"select {Task}, null, null from async_tasks t where t.queue = $1 and (t.queue_rank, t.id) > ($2, $3) and t.queue_rank <= $4 " +
        "order by t.queue_rank, t.id limit $5 {claim}",
        $"select {Task}, null, null from async_tasks t where t.queue = $1 and t.queue_rank >= $2 and t.queue_rank <= $4 " +
        "and (t.queue_rank > $2 or t.id > $3) order by t.queue_rank, t.id limit $5 {claim}");

    /// <summary>The first few in each lane, as they stand; servers only.</summary>
    public static readonly SqlRead Heads = new(string.Join(" union all ", new[] { "high", "normal", "low" }.Select((lane, number) =>
        $"(select {number}, t.id from async_tasks t where t.queue = '{lane}' order by t.queue_rank, t.id limit 4)")));

    /// <summary>The queues behind limits that somebody stands in: in order, each once, found without visiting all who stand there.</summary>
    public static readonly SqlRead HeldBackQueues = new(
        """
        with recursive held (queue) as (
          select min(queue) from async_tasks where queue >= 'held:' and queue < 'held;'
          union all
          select (select min(t.queue) from async_tasks t where t.queue > held.queue and t.queue < 'held;') from held where held.queue is not null)
        select queue from held where queue is not null
        """);

    /// <summary>Slots held, by type and user.</summary>
    public static readonly SqlRead Slots = new(
        "select task_type, created_by, count(*) from async_task_slots group by task_type, created_by");

    /// <summary>
    /// Free seats of a pool after a number, which no other transaction is about to take. Where a limit was lowered, seats above it
    /// may still be taken: then they count, and none is given.
    /// </summary>
    public static readonly SqlRead Seat = new(
        """
        select t.no from async_task_seats t where t.pool = $1 and t.id is null and t.no > $2 and t.no <= $3
        and (not exists (select 1 from async_task_seats o where o.pool = $1 and o.no > $3 and o.id is not null)
          or (select count(*) from async_task_seats o where o.pool = $1 and o.id is not null) + $5 <= $3)
        order by t.no limit $4 {claim}
        """);

    public static readonly SqlRead FreeSeats = new("select count(*) from async_task_seats where pool = $1 and id is null and no <= $2");

    /// <summary>How many grants the heads of lanes have seen go to others; none when another transaction is deciding that.</summary>
    public static readonly SqlRead Turns = new("select t.normal_passed, t.low_passed from async_task_turns t where t.one = 1 {claim}");

    public static readonly SqlRead Pump = new("select t.asleep, t.drained_at from async_task_pump t where t.one = 1 {lock}");

    public static readonly SqlRead Facet = new(
        "select id from async_task_facets where scope = $1 and created_by = $2 and task_type = $3 and priority = $4 and status = $5");

    /// <summary>What an idempotency key was used for.</summary>
    public static readonly SqlRead Key = new(
        $"select t.created_by, t.\"key\", t.request_hash, t.expires_at, t.id, t.line_ids from async_task_keys t where t.created_by = $1 and t.\"key\" = $2 {{lock}}");

    public static readonly SqlRead TasksByNumber = new(
        $"select {Task}, s.until, s.seats from async_tasks t left join async_task_slots s on s.id = t.id where t.id {{any:1}}");

    /// <summary>The tasks, locked in the order of their numbers; as in <see cref="Tasks"/>, their slots are a query of their own on the servers.</summary>
    public static readonly SqlRead LockedByNumber = new(
$"select {Task}, s.until, s.seats from async_tasks t left join async_task_slots s on s.id = t.id where t.id {{any:1}}",
        $"select {Task}, null, null from async_tasks t where t.id {{any:1}} order by t.id {{lock}}");

    /// <summary>Who waits for the tasks.</summary>
    public static readonly SqlRead Links = new("select id, dependent, is_child from async_task_links where id {any:1} order by id, dependent limit $2");

    /// <summary>For how many each of the tasks still waits; none for one that waits for nobody.</summary>
    public static readonly SqlRead OpenLinks = new("select dependent, count(*) from async_task_links where dependent {any:1} group by dependent");

    /// <summary>Tasks that the task made and whose end it has not been told of.</summary>
    public static readonly SqlRead Children = new("select id, is_child from async_task_links where dependent = $1 order by id limit $2");

    private const string OutboxText =
        """
        select e.position, coalesce(t.task_id, g.task_id), coalesce(t.created_by, g.created_by), e.name, e.version, e.created_at, e.data
        from async_task_outbox o join async_task_events e on e.position = o.position
        left join async_tasks t on t.id = e.id left join async_task_gone g on g.id = e.id
        order by o.position limit $1
        """;

    /// <summary>
    /// The first events that nobody has acknowledged. PostgreSQL is told to begin with the outbox: a plan that was made while the tables
    /// were empty may go through all events there are to find those few.
    /// </summary>
    public static readonly SqlRead Outbox = new(
        OutboxText,
        """
        select e.position, coalesce(t.task_id, g.task_id), coalesce(t.created_by, g.created_by), e.name, e.version, e.created_at, e.data
        from (select position from async_task_outbox order by position limit $1) o
        cross join lateral (select * from async_task_events where position = o.position offset 0) e
        left join lateral (select task_id, created_by from async_tasks where id = e.id offset 0) t on true
        left join lateral (select task_id, created_by from async_task_gone where id = e.id offset 0) g on true
        order by e.position
        """,
        OutboxText);

    /// <summary>Tasks with events that nobody has acknowledged.</summary>
    public static readonly SqlRead Undelivered = new(
        "select distinct e.id from async_task_events e join async_task_outbox o on o.position = e.position where e.id {any:1}");

    /// <summary>Purged tasks whose events have all been delivered meanwhile.</summary>
    public static readonly SqlRead DeliveredGone = new(
        """
        select g.id from async_task_gone g where not exists (
          select 1 from async_task_events e join async_task_outbox o on o.position = e.position where e.id = g.id) limit $1
        """);

    public static readonly SqlRead OldestEvent = new(
        "select e.created_at from async_task_outbox o join async_task_events e on e.position = o.position order by o.position limit 1");

    /// <summary>How many chunks the files of tasks have.</summary>
    public static readonly SqlRead FileChunks = new("select id, count(*) from async_task_files where id {any:1} group by id");

    public static readonly SqlRead ExpiredKeys = new(
        "select t.created_by, t.\"key\" from async_task_keys t where t.expires_at <= $1 order by t.expires_at limit $2 {claim}");

    /// <summary>Counts of minutes before one, the oldest first. Locked: of two that would add them to their hours the second finds them gone.</summary>
    public static readonly SqlRead OldCounts = new(
        "select t.minute, t.name, t.shard, t.n from async_task_counts t where t.minute > 0 and t.minute < $1 order by t.minute, t.name, t.shard limit $2 {lock}");

    public static readonly SqlRead OldestLines = new("select id, stored_at from async_log_lines order by id limit $1");

    /// <summary>The database's own clock, in milliseconds since 1970; servers only.</summary>
    public static readonly SqlRead Clock = new(
        "", "select (extract(epoch from clock_timestamp()) * 1000)::bigint", "select cast(unix_timestamp(now(3)) * 1000 as signed)");

    /// <summary>
    /// After a commit that left a task waiting, or a seat free: whether there is now both, for any task, for those behind a type's
    /// limit, for those behind a user's. Then two transactions passed each other, and neither saw what the other left.
    /// </summary>
    public static readonly SqlRead Missed = new(
        """
        select case when
          exists (select 1 from async_tasks where queue in ('high', 'normal', 'low'))
            and ($1 = 0 or exists (select 1 from async_task_seats where pool = '' and id is null and no <= $1))
          or exists (select 1 from async_tasks where queue = $2)
            and exists (select 1 from async_task_seats where pool = $2 and id is null and no <= $3)
          or exists (select 1 from async_tasks where queue = $4)
            and exists (select 1 from async_task_seats where pool = $4 and id is null and no <= $5)
          then 1 else 0 end
        """);

    /// <summary>After a commit that wrote events: whether the pump sleeps.</summary>
    public static readonly SqlRead Asleep = new("select case when asleep then 1 else 0 end from async_task_pump where one = 1");

    /// <summary>After a drain that put the pump to sleep: whether events have come meanwhile.</summary>
    public static readonly SqlRead OutboxFilled = new("select case when exists (select 1 from async_task_outbox) then 1 else 0 end");
}
