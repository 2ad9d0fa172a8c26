-- Version 3: schedules, and limits of requests. What a schedule is, is JSON; beside it what it is found by.

create table async_schedules (
  id text primary key,
  created_by text not null,
  due_at integer,                          -- when to look at it, in milliseconds since 1970; null = never
  version integer not null,
  data text not null
) without rowid;
create index async_schedules_user on async_schedules (created_by, id);
create index async_schedules_due on async_schedules (due_at) where due_at is not null;

-- Requests of users that are limited.
create table async_task_rates (
  created_by text primary key,
  taken_to real not null                   -- up to when they have been taken in advance, in milliseconds since 1970
) without rowid;
create index async_task_rates_old on async_task_rates (taken_to);
