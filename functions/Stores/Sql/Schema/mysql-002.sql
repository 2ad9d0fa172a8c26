-- Version 2: schedules, and limits of requests. What a schedule is, is JSON; beside it what it is found by.

create table if not exists async_schedules (
  id varbinary(64) primary key,
  created_by varbinary(1024) not null,
  due_at bigint,                           -- when to look at it, in milliseconds since 1970; null = never
  version bigint not null,
  data longtext not null,
  index async_schedules_user (created_by, id),
  index async_schedules_due (due_at)
) character set utf8mb4;

-- Requests of users that are limited.
create table if not exists async_task_rates (
  created_by varbinary(1024) primary key,
  taken_to double not null,                -- up to when they have been taken in advance, in milliseconds since 1970
  index async_task_rates_old (taken_to)
) character set utf8mb4;
