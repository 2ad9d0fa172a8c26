-- Version 1. Files are only ever added: a change of the schema is a new file with the next number.

-- A task without what may be large (see async_task_bodies): rows stay short, as every transition writes them again.
create table async_tasks (
  id bigint primary key,                    -- order of creation, given by the store
  task_id text collate "C" not null unique,
  task_type text not null,
  status text not null default 'pending',  -- pending, running, completed, failed, cancelled
  priority text not null,                  -- high, normal, low
  progress bigint,
  total bigint,
  percent double precision,
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
  created_at timestamptz not null,
  started_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  run_at timestamptz,
  due_at timestamptz not null,             -- since when it could have run
  version bigint not null,
  run integer not null default 0,          -- manual retries
  attempt integer not null default 0,
  fence bigint not null default 0,
  worker text,
  epoch text,
  lease_ended boolean not null default false,
  cancel_requested boolean not null default false,
  recoveries integer not null default 0,
  has_orchestration boolean not null default false,
  -- Where it stands in line: 'high', 'normal', 'low' (its lane), 'held:type:T' and 'held:user:U' (held back by that limit),
  -- 'delayed', 'lapsed' (a grant nobody started with in time), 'dead' (a lease nobody renewed), 'ended'. Null while it holds
  -- a slot. The rank is the order in line, before the id.
  line text collate "C",
  line_rank bigint not null default 0,
  facet_own bigint not null,
  facet_all bigint not null
) with (fillfactor = 80);   -- room for updates in place
create index async_tasks_line on async_tasks (line, line_rank, id) where line is not null;
create index async_tasks_own on async_tasks (facet_own, id);
create index async_tasks_all on async_tasks (facet_all, id);

create table async_task_bodies (
  id bigint primary key,
  payload text not null,
  result text,
  checkpoint text
);

-- The payload's top-level properties, for people's queries; long values are cut.
create table async_task_params (
  task_id text collate "C" not null,
  key text not null,
  value text,
  primary key (task_id, key)
);

create table async_task_logs (
  id bigint primary key,
  task_id text collate "C" not null,
  level text not null,                     -- DEBUG, INFO, WARNING, ERROR
  message text not null,
  created_at timestamptz not null
);
create index async_task_logs_task on async_task_logs (task_id, id);

-- Events of each task, and, above the hub's events_acked, the outbox.
create table async_task_events (
  position bigint primary key,
  id bigint not null,                    -- of async_tasks
  version bigint not null,
  name text not null,
  created_at timestamptz not null,
  data text not null
);
create index async_task_events_task on async_task_events (id, version);

-- Purged tasks some of whose events are still to be delivered.
create table async_task_gone (
  id bigint primary key,
  task_id text collate "C" not null,
  created_by text not null
);

-- Who holds a slot, and until when. While a task runs, this is its lease. No index: see the hub's next_lapse.
create table async_task_slots (
  id bigint primary key,                    -- of async_tasks
  until bigint not null,
  task_type text not null,
  created_by text not null
) with (fillfactor = 50);

-- How many tasks there are of each kind: one row per user, type, priority and status (scope 1), one for all users (scope 0).
-- Tasks point at their two rows; lists and totals are served by them.
create table async_task_facets (
  id bigint primary key,
  scope integer not null,
  created_by text not null,
  task_type text not null,
  priority text not null,
  status text not null,
  n bigint not null,
  unique (scope, created_by, task_type, priority, status)
);

create table async_task_tags (
  tag text collate "C" not null,
  id bigint not null,
  primary key (tag, id)
);

create table async_task_words (
  word text collate "C" not null,
  id bigint not null,
  primary key (word, id)
);

-- Idempotency keys.
create table async_task_keys (
  created_by text not null,
  key text not null,
  id bigint not null,           -- of async_tasks
  request_hash text,
  expires_at timestamptz not null,
  primary key (created_by, key)
);
create index async_task_keys_expiry on async_task_keys (expires_at);

create table async_task_files (
  id bigint not null,                    -- of async_tasks
  chunk integer not null,
  bytes bytea not null,
  primary key (id, chunk)
);

create table async_task_workers (
  name text primary key,
  epoch text not null,
  running integer not null,
  seen_at timestamptz not null
);

-- What happened, per minute since 1970 and by name ('completed', 'wait:9', ...); minute 0 counts since the beginning.
create table async_task_counts (
  minute bigint not null,
  name text not null,
  n bigint not null,
  primary key (minute, name)
);

-- Log lines that services sent.
create table async_log_lines (
  id bigint primary key,
  created_by text not null,
  at timestamptz not null,
  level text not null,
  service text not null,
  message text not null,
  stored_at timestamptz not null
);
create index async_log_lines_user on async_log_lines (created_by, id);

-- One row: what all transitions share.
create table async_task_hub (
  one bigint primary key,
  writes bigint not null,                 -- grows with every commit: whoever sees its own number may trust what it remembers
  last_task bigint not null,
  last_event bigint not null,
  last_facet bigint not null,
  last_log bigint not null,
  last_line bigint not null,
  events_acked bigint not null,
  pump_asleep boolean not null,
  drained_at timestamptz not null,             -- last time the outbox was drained or the pump rung for
  next_lapse bigint not null,             -- no slot ends before this, in milliseconds since 1970
  waiting_high bigint not null,
  waiting_normal bigint not null,
  waiting_low bigint not null,
  delayed bigint not null,
  normal_passed integer not null,          -- grants that the head of the normal lane has seen go to others
  low_passed integer not null
) with (fillfactor = 20);
insert into async_task_hub values (1, 0, 0, 0, 0, 0, 0, 0, true, 'epoch', 9223372036854775807, 0, 0, 0, 0, 0, 0);
