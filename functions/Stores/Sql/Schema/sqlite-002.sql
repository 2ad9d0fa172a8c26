-- Version 2: the same statements serve servers, where many write at once. Here everything is counted in shard 0, and the hub's row
-- stays. The outbox names each event that is still to be delivered, instead of a position up to which all have been.

alter table async_tasks rename column line to queue;
alter table async_tasks rename column line_rank to queue_rank;
drop index async_tasks_line;
create index async_tasks_queue on async_tasks (queue, queue_rank, id) where queue is not null;
alter table async_tasks add column changed_at integer;   -- of the last event: a later one has no earlier time

-- A task's lines are numbered from 1: so many have been written, and those of one range dropped, above a number and up to another.
alter table async_tasks add column log_lines integer not null default 0;
alter table async_tasks add column log_dropped_after integer not null default 0;
alter table async_tasks add column log_dropped_to integer not null default 0;   -- 0: none
alter table async_task_logs add column no integer not null default 0;
update async_task_logs set no = n.no
  from (select id, row_number() over (partition by task_id order by id) as no from async_task_logs) as n where n.id = async_task_logs.id;
update async_tasks set log_lines = l.n
  from (select task_id, count(*) as n from async_task_logs group by task_id) as l where l.task_id = async_tasks.task_id;
drop index async_task_logs_task;
create unique index async_task_logs_task on async_task_logs (task_id, no);

alter table async_task_keys add column line_ids text;   -- used for log lines: their ids, as ranges; the id is 0 then

-- Positions of the events that nobody has acknowledged.
create table async_task_outbox (position integer primary key);
insert into async_task_outbox select position from async_task_events where position > (select events_acked from async_task_hub);

create table async_task_facet_counts (
  id integer not null,                     -- of async_task_facets
  shard integer not null,
  n integer not null,
  primary key (id, shard)
) without rowid;
insert into async_task_facet_counts select id, 0, n from async_task_facets where n <> 0;
alter table async_task_facets drop column n;

create table async_task_counts_2 (
  minute integer not null,
  name text not null,
  shard integer not null default 0,
  n integer not null,
  primary key (minute, name, shard)
) without rowid;
insert into async_task_counts_2 (minute, name, n) select minute, name, n from async_task_counts;
drop table async_task_counts;
alter table async_task_counts_2 rename to async_task_counts;

alter table async_task_slots add column seats text;   -- servers only

alter table async_task_hub drop column events_acked;
