--- save_schedule: writes a schedule, if its version is the one expected (0 = there is none).
--- KEYS  1 the schedule
--- ARGV  1 id, 2 owner, 3 expected version, 4 when to look at it ('' = never), 5 JSON
--- Reply 1 | 0 where somebody was faster
--- @include changed
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'version', tostring(version + 1), 'data', ARGV[5])
redis.call('ZADD', @key.schedules, 0, ARGV[1])
redis.call('ZADD', @key.schedulesOf .. ARGV[2], 0, ARGV[1])
if ARGV[4] == '' then
  redis.call('ZREM', @key.schedulesDue, ARGV[1])
else
  redis.call('ZADD', @key.schedulesDue, ARGV[4], ARGV[1])
end
changed()
return 1
