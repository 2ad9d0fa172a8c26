--- write_file: a piece of a file. What was at its place or behind it is gone.
--- KEYS  1 the file, 2 its pieces, 3 where they stand
--- ARGV  1 place, 2 bytes
--- Reply 1 | 0 where the file is shorter than that, complete, or not there
local file = redis.call('HMGET', KEYS[1], 'size', 'sha256')
if not file[1] or file[2] or tonumber(file[1]) < tonumber(ARGV[1]) then return 0 end
if tonumber(file[1]) > tonumber(ARGV[1]) then
  for _, place in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], ARGV[1], '+inf')) do redis.call('HDEL', KEYS[2], place) end
  redis.call('ZREMRANGEBYSCORE', KEYS[3], ARGV[1], '+inf')
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[1], ARGV[1])
redis.call('HSET', KEYS[1], 'size', string.format('%.0f', ARGV[1] + #ARGV[2]))
return 1
