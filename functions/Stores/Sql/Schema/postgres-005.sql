-- Version 5: files that users upload, in pieces.

create table async_files (
  id text collate "C" primary key,
  created_by text collate "C" not null,
  name text not null,
  content_type text not null,
  length bigint,                          -- how many bytes it will have, where that is known
  size bigint not null,                   -- how many there are
  sha256 text,                             -- of the whole; null until it is complete
  created_at bigint not null,             -- milliseconds since 1970
  expires_at bigint not null
);
create index async_files_user on async_files (created_by, id);
create index async_files_expiry on async_files (expires_at);

create table async_file_pieces (
  id text collate "C" not null,
  at bigint not null,                     -- where its first byte stands
  bytes bytea not null,
  primary key (id, at)
);
