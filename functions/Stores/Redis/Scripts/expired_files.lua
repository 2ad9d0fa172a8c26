--- expired_files: files whose time is over, longest over first.
--- KEYS  1 files by when it is
--- ARGV  1 now, 2 how many
--- Reply [ids]
--- @include clock
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', clock(ARGV[1]), 'LIMIT', '0', ARGV[2])
