-- Version 5: files that users upload, in pieces.

create table async_files (
  id text primary key,
  created_by text not null,
  name text not null,
  content_type text not null,
  length integer,                          -- how many bytes it will have, where that is known
  size integer not null,                   -- how many there are
  sha256 text,                             -- of the whole; null until it is complete
  created_at integer not null,             -- milliseconds since 1970
  expires_at integer not null
);
create index async_files_user on async_files (created_by, id);
create index async_files_expiry on async_files (expires_at);

create table async_file_pieces (
  id text not null,
  at integer not null,                     -- where its first byte stands
  bytes blob not null,
  primary key (id, at)
);
