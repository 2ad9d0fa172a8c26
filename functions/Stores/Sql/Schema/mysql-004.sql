-- Version 4: files that users upload, in pieces.

create table if not exists async_files (
  id varbinary(64) primary key,
  created_by varbinary(1024) not null,
  name longtext not null,
  content_type longtext not null,
  length bigint,                           -- how many bytes it will have, where that is known
  size bigint not null,                    -- how many there are
  sha256 varchar(64),                      -- of the whole; null until it is complete
  created_at bigint not null,              -- milliseconds since 1970
  expires_at bigint not null,
  index async_files_user (created_by, id),
  index async_files_expiry (expires_at)
) character set utf8mb4;

create table if not exists async_file_pieces (
  id varbinary(64) not null,
  at bigint not null,                      -- where its first byte stands
  bytes longblob not null,
  primary key (id, at)
);
