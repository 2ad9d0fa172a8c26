--- delete_schedule: removes a schedule.
--- KEYS  1 the schedule
--- ARGV  1 id, 2 owner ('' = anybody's)
--- Reply 1 | 0 where there is none, or it is another's
--- @include changed
local owner = redis.call('HGET', KEYS[1], 'owner')
if not owner or (ARGV[2] ~= '' and ARGV[2] ~= owner) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', @key.schedules, ARGV[1])
redis.call('ZREM', @key.schedulesOf .. owner, ARGV[1])
redis.call('ZREM', @key.schedulesDue, ARGV[1])
changed()
return 1
