-- Version 3: tasks that wait for others, and tasks that other tasks made.

alter table async_tasks
  add column /*M! if not exists */ relations longtext,           -- JSON: parent, after; null for most
  add column /*M! if not exists */ links int not null default 0; -- who is told of its end; see LinkFlags

-- Of each task that has not ended, or whose end nobody has been told of: who waits for it. Where it stands in line then, queue says
-- 'settling'; a task that waits for others stands in 'blocked'.
create table if not exists async_task_links (
  id bigint not null,                      -- of async_tasks: the one that is waited for
  dependent bigint not null,               -- of async_tasks: the one that waits
  is_child smallint not null,              -- the dependent made it
  primary key (id, dependent),
  index async_task_links_dependent (dependent)
);
