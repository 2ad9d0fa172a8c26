--- create_file: a file without bytes.
--- KEYS  1 the file
--- ARGV  1 id, 2 owner, 3 name, 4 content type, 5 length ('' = not known), 6 created, 7 expires
--- Reply 1 | 0 where there is one
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'name', ARGV[3], 'type', ARGV[4], 'length', ARGV[5], 'size', '0', 'created', ARGV[6], 'expires', ARGV[7])
redis.call('ZADD', @key.filesOf .. ARGV[2], '0', ARGV[1])
redis.call('ZADD', @key.filesByExpiry, ARGV[7], ARGV[1])
return 1
