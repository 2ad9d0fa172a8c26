-- Version 3: schedules, and limits of requests. What a schedule is, is JSON; beside it what it is found by.

create table async_schedules (
  id text collate "C" primary key,
  created_by text collate "C" not null,
  due_at bigint,                           -- when to look at it, in milliseconds since 1970; null = never
  version bigint not null,
  data text not null
);
create index async_schedules_user on async_schedules (created_by, id);
create index async_schedules_due on async_schedules (due_at) where due_at is not null;

-- Requests of users that are limited. A crash of the server may forget them.
create unlogged table async_task_rates (
  created_by text collate "C" primary key,
  taken_to double precision not null       -- up to when they have been taken in advance, in milliseconds since 1970
) with (fillfactor = 50);
create index async_task_rates_old on async_task_rates (taken_to);
