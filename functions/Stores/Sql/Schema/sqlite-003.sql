-- Version 3: schedules. What one is, is JSON; beside it what it is found by.

create table async_schedules (
  id text primary key,
  created_by text not null,
  due_at integer,                          -- when to look at it, in milliseconds since 1970; null = never
  version integer not null,
  data text not null
) without rowid;
create index async_schedules_user on async_schedules (created_by, id);
create index async_schedules_due on async_schedules (due_at) where due_at is not null;
