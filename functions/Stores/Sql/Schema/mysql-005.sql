-- Version 5: the history by hours. Minutes older than a day are added to their hours and deleted, both in one transaction: a minute is
-- either there or here. Notes of how full the queue was are not added up; the hour's last one stays.
create table if not exists async_task_hours (
  hour bigint not null,                     -- since 1970
  name varbinary(64) not null,                    -- as in async_task_counts
  n bigint not null,
  primary key (hour, name)
);
