-- Version 4: tasks that wait for others, and tasks that other tasks made.

alter table async_tasks add column relations text;                  -- JSON: parent, after; null for most
alter table async_tasks add column links bigint not null default 0; -- who is told of its end; see LinkFlags

-- Of each task that has not ended, or whose end nobody has been told of: who waits for it. Where it stands in line then, queue says
-- 'settling'; a task that waits for others stands in 'blocked'.
create table async_task_links (
  id bigint not null,                      -- of async_tasks: the one that is waited for
  dependent bigint not null,               -- of async_tasks: the one that waits
  is_child boolean not null,               -- the dependent made it
  primary key (id, dependent)
);
create index async_task_links_dependent on async_task_links (dependent);
