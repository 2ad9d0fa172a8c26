-- Version 1. Files are only ever added: a change of the schema is a new file with the next number.
-- Times are integers: milliseconds since 1970.

-- A task without what may be large (see async_task_bodies): rows stay short, as every transition writes them again.
create table async_tasks (
  id integer primary key,                  -- order of creation, given by the store
  task_id text not null unique,
  task_type text not null,
  status text not null default 'pending',  -- pending, running, completed, failed, cancelled
  priority text not null,                  -- high, normal, low
  progress integer,
  total integer,
  percent real,
  progress_message text,
  error_code text,
  error_message text,
  error_details text,
  retry_count integer not null default 0,
  max_retries integer not null default 3,
  timeout_seconds integer not null default 14400,
  backoff text not null,                   -- kind, first delay, factor, cap
  created_by text not null,
  source text not null,
  tags text,                               -- JSON array, null when empty
  created_at integer not null,
  started_at integer,
  completed_at integer,
  cancelled_at integer,
  run_at integer,
  due_at integer not null,                 -- since when it could have run
  version integer not null,
  run integer not null default 0,          -- manual retries
  attempt integer not null default 0,
  fence integer not null default 0,
  worker text,
  epoch text,
  lease_ended integer not null default 0,
  cancel_requested integer not null default 0,
  recoveries integer not null default 0,
  has_orchestration integer not null default 0,
  -- Where it stands in line: 'high', 'normal', 'low' (its lane), 'held:type:T' and 'held:user:U' (held back by that limit),
  -- 'delayed', 'lapsed' (a grant nobody started with in time), 'dead' (a lease nobody renewed), 'ended'. Null while it holds
  -- a slot. The rank is the order in line, before the id.
  line text,
  line_rank integer not null default 0,
  facet_own integer not null,
  facet_all integer not null
);
create index async_tasks_line on async_tasks (line, line_rank, id) where line is not null;
create index async_tasks_own on async_tasks (facet_own, id);
create index async_tasks_all on async_tasks (facet_all, id);

create table async_task_bodies (
  id integer primary key,
  payload text not null,
  result text,
  checkpoint text
);

-- The payload's top-level properties, for people's queries; long values are cut.
create table async_task_params (
  task_id text not null,
  key text not null,
  value text,
  primary key (task_id, key)
) without rowid;

create table async_task_logs (
  id integer primary key,
  task_id text not null,
  level text not null,                     -- DEBUG, INFO, WARNING, ERROR
  message text not null,
  created_at integer not null
);
create index async_task_logs_task on async_task_logs (task_id, id);

-- Events of each task, and, above the hub's events_acked, the outbox.
create table async_task_events (
  position integer primary key,
  id integer not null,                     -- of async_tasks
  version integer not null,
  name text not null,
  created_at integer not null,
  data text not null
);
create index async_task_events_task on async_task_events (id, version);

-- Purged tasks some of whose events are still to be delivered.
create table async_task_gone (
  id integer primary key,
  task_id text not null,
  created_by text not null
);

-- Who holds a slot, and until when. While a task runs, this is its lease. No index: see the hub's next_lapse.
create table async_task_slots (
  id integer primary key,                  -- of async_tasks
  until integer not null,
  task_type text not null,
  created_by text not null
);

-- How many tasks there are of each kind: one row per user, type, priority and status (scope 1), one for all users (scope 0).
-- Tasks point at their two rows; lists and totals are served by them.
create table async_task_facets (
  id integer primary key,
  scope integer not null,
  created_by text not null,
  task_type text not null,
  priority text not null,
  status text not null,
  n integer not null,
  unique (scope, created_by, task_type, priority, status)
);

create table async_task_tags (
  tag text not null,
  id integer not null,
  primary key (tag, id)
) without rowid;

create table async_task_words (
  word text not null,
  id integer not null,
  primary key (word, id)
) without rowid;

-- Idempotency keys.
create table async_task_keys (
  created_by text not null,
  key text not null,
  id integer not null,          -- of async_tasks
  request_hash text,
  expires_at integer not null,
  primary key (created_by, key)
) without rowid;
create index async_task_keys_expiry on async_task_keys (expires_at);

create table async_task_files (
  id integer not null,                     -- of async_tasks
  chunk integer not null,
  bytes blob not null,
  primary key (id, chunk)
);

create table async_task_workers (
  name text primary key,
  epoch text not null,
  running integer not null,
  seen_at integer not null
) without rowid;

-- What happened, per minute since 1970 and by name ('completed', 'wait:9', ...); minute 0 counts since the beginning.
create table async_task_counts (
  minute integer not null,
  name text not null,
  n integer not null,
  primary key (minute, name)
) without rowid;

-- Log lines that services sent.
create table async_log_lines (
  id integer primary key,
  created_by text not null,
  at integer not null,
  level text not null,
  service text not null,
  message text not null,
  stored_at integer not null
);
create index async_log_lines_user on async_log_lines (created_by, id);

-- One row: what all transitions share.
create table async_task_hub (
  one integer primary key,
  writes integer not null,                 -- grows with every commit: whoever sees its own number may trust what it remembers
  last_task integer not null,
  last_event integer not null,
  last_facet integer not null,
  last_log integer not null,
  last_line integer not null,
  events_acked integer not null,
  pump_asleep integer not null,
  drained_at integer not null,             -- last time the outbox was drained or the pump rung for
  next_lapse integer not null,             -- no slot ends before this, in milliseconds since 1970
  waiting_high integer not null,
  waiting_normal integer not null,
  waiting_low integer not null,
  delayed integer not null,
  normal_passed integer not null,          -- grants that the head of the normal lane has seen go to others
  low_passed integer not null
);
insert into async_task_hub values (1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 9223372036854775807, 0, 0, 0, 0, 0, 0);
