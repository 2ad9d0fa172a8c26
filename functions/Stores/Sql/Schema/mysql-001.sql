-- Version 1. Files are only ever added: a change of the schema is a new file with the next number. What is made is made only where it
-- is missing, as no statement here can be undone together with others.
-- Times are integers: milliseconds since 1970. Names are bytes (of UTF-8): compared as such, and a space at the end counts.

-- A task without what may be large (see async_task_bodies): rows stay short, as every transition writes them again.
create table if not exists async_tasks (
  id bigint primary key,                   -- order of creation, given by the store
  task_id varbinary(64) not null unique,
  task_type varbinary(512) not null,
  status varbinary(16) not null,           -- pending, running, completed, failed, cancelled
  priority varbinary(16) not null,         -- high, normal, low
  progress bigint,
  total bigint,
  percent double,
  progress_message longtext,
  error_code longtext,
  error_message longtext,
  error_details longtext,
  retry_count int not null,
  max_retries int not null,
  timeout_seconds int not null,
  backoff varchar(200) not null,           -- kind, first delay, factor, cap
  created_by varbinary(1024) not null,
  source longtext not null,
  tags longtext,                           -- JSON array, null when empty
  created_at bigint not null,
  started_at bigint,
  completed_at bigint,
  cancelled_at bigint,
  run_at bigint,
  due_at bigint not null,                  -- since when it could have run
  changed_at bigint,                       -- of the last event: a later one has no earlier time
  version bigint not null,
  run int not null,                        -- manual retries
  attempt int not null,
  fence bigint not null,
  worker longtext,
  epoch longtext,
  lease_ended smallint not null,
  cancel_requested smallint not null,
  recoveries int not null,
  has_orchestration smallint not null,
  log_lines bigint not null,               -- written so far; they are numbered from 1
  log_dropped_after bigint not null,       -- lines above this number, up to the next, have been dropped
  log_dropped_to bigint not null,          -- 0: none
  -- Where it waits: 'high', 'normal', 'low' (its lane), 'held:type:T' and 'held:user:U' (held back by that limit), 'delayed', 'lapsed'
  -- (a grant nobody started with in time), 'dead' (a lease nobody renewed), 'ended'. Null while it holds a slot. The rank is the order
  -- in the queue, before the id.
  queue varbinary(1100),
  queue_rank bigint not null,
  facet_own bigint not null,
  facet_all bigint not null,
  index async_tasks_queue (queue, queue_rank, id),
  index async_tasks_own (facet_own, id),
  index async_tasks_all (facet_all, id)
) character set utf8mb4;

create table if not exists async_task_bodies (
  id bigint primary key,
  payload longtext not null,
  result longtext,
  checkpoint longtext
) character set utf8mb4;

-- The payload's top-level properties, for people's queries; long values are cut.
create table if not exists async_task_params (
  task_id varbinary(64) not null,
  "key" varbinary(1000) not null,
  value longtext,
  primary key (task_id, "key")
) character set utf8mb4;

create table if not exists async_task_logs (
  id bigint primary key auto_increment,
  task_id varbinary(64) not null,
  no bigint not null,                      -- of its task's lines
  level varbinary(16) not null,            -- DEBUG, INFO, WARNING, ERROR
  message longtext not null,
  created_at bigint not null,
  unique index async_task_logs_task (task_id, no)
) character set utf8mb4;

create table if not exists async_task_events (
  position bigint primary key auto_increment,
  id bigint not null,                      -- of async_tasks
  version bigint not null,
  name varbinary(64) not null,
  created_at bigint not null,
  data longtext not null,
  index async_task_events_task (id, version)
) character set utf8mb4;

-- Positions of the events that nobody has acknowledged.
create table if not exists async_task_outbox (position bigint primary key);

-- Purged tasks some of whose events are still to be delivered.
create table if not exists async_task_gone (
  id bigint primary key,
  task_id varbinary(64) not null,
  created_by varbinary(1024) not null
);

-- Who holds a slot, and until when. While a task runs, this is its lease.
create table if not exists async_task_slots (
  id bigint primary key,                   -- of async_tasks
  until bigint not null,
  task_type varbinary(512) not null,
  created_by varbinary(1024) not null,
  seats varchar(100),                      -- a letter for the pool (all, type, user) and the number, as in 'a7 t2'
  index async_task_slots_until (until)
) character set utf8mb4;

-- A limit of n is a pool of n seats: '' limits all tasks, 'held:type:T' those of a type, 'held:user:U' those of a user.
create table if not exists async_task_seats (
  pool varbinary(1100) not null,
  no int not null,
  id bigint,                               -- of the task that has it; null when it is free
  primary key (pool, no),
  index async_task_seats_free (pool, id, no)
);

-- Kinds of tasks: one row per user, type, priority and status (scope 1), one for all users (scope 0). Tasks point at their two rows;
-- lists and totals are served by them. A kind's count is the sum over its shards; a single one may be negative.
create table if not exists async_task_facets (
  id bigint primary key auto_increment,
  scope int not null,
  created_by varbinary(1024) not null,
  task_type varbinary(512) not null,
  priority varbinary(16) not null,
  status varbinary(16) not null,
  unique (scope, created_by, task_type, priority, status)
);
create table if not exists async_task_facet_counts (
  id bigint not null,                      -- of async_task_facets
  shard int not null,
  n bigint not null,
  primary key (id, shard)
);

create table if not exists async_task_tags (
  tag varbinary(512) not null,
  id bigint not null,
  primary key (tag, id)
);

create table if not exists async_task_words (
  word varbinary(512) not null,
  id bigint not null,
  primary key (word, id)
);

-- Idempotency keys.
create table if not exists async_task_keys (
  created_by varbinary(1024) not null,
  "key" varbinary(1024) not null,
  id bigint not null,                      -- of async_tasks, whose row may have been purged; 0: used for log lines
  request_hash longtext,
  expires_at bigint not null,
  line_ids longtext,                       -- ids of the log lines, as ranges
  primary key (created_by, "key"),
  index async_task_keys_expiry (expires_at)
) character set utf8mb4;

create table if not exists async_task_files (
  id bigint not null,                      -- of async_tasks
  chunk int not null,
  bytes longblob not null,
  primary key (id, chunk)
);

create table if not exists async_task_workers (
  name varbinary(512) primary key,
  epoch longtext not null,
  running int not null,
  seen_at bigint not null,
  index async_task_workers_seen (seen_at)
) character set utf8mb4;

-- What happened, per minute since 1970 and by name ('completed', 'wait:9', ...); minute 0 counts since the beginning, minute -1 has who
-- waits now ('high', 'normal', 'low', 'delayed'). Sums over the shards.
create table if not exists async_task_counts (
  minute bigint not null,
  name varbinary(64) not null,
  shard int not null,
  n bigint not null,
  primary key (minute, name, shard)
);

-- Log lines that services sent.
create table if not exists async_log_lines (
  id bigint primary key,
  created_by varbinary(1024) not null,
  at bigint not null,
  level varbinary(64) not null,
  service longtext not null,
  message longtext not null,
  stored_at bigint not null,
  index async_log_lines_user (created_by, id)
) character set utf8mb4;

-- Always empty: they count.
create table if not exists async_task_numbers (id bigint primary key auto_increment);
create table if not exists async_log_line_numbers (id bigint primary key auto_increment);

create table if not exists async_task_pump (
  one int primary key,
  asleep smallint not null,
  drained_at bigint not null               -- last time the outbox was drained or the pump rung for
);
insert ignore into async_task_pump values (1, 1, 0);

-- Written only while lanes compete, by one transaction at a time; others do not wait for it.
create table if not exists async_task_turns (
  one int primary key,
  normal_passed int not null,              -- grants that the head of the normal lane has seen go to others
  low_passed int not null
);
insert ignore into async_task_turns values (1, 0, 0);
