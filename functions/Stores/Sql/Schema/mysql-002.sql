-- Version 2: schedules. What one is, is JSON; beside it what it is found by.

create table if not exists async_schedules (
  id varbinary(64) primary key,
  created_by varbinary(1024) not null,
  due_at bigint,                           -- when to look at it, in milliseconds since 1970; null = never
  version bigint not null,
  data longtext not null,
  index async_schedules_user (created_by, id),
  index async_schedules_due (due_at)
) character set utf8mb4;
