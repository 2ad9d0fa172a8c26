-- Version 3: schedules. What one is, is JSON; beside it what it is found by.

create table async_schedules (
  id text collate "C" primary key,
  created_by text collate "C" not null,
  due_at bigint,                           -- when to look at it, in milliseconds since 1970; null = never
  version bigint not null,
  data text not null
);
create index async_schedules_user on async_schedules (created_by, id);
create index async_schedules_due on async_schedules (due_at) where due_at is not null;
