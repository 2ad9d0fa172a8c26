--- stop: running -> cancelled, the handler having stopped as it was asked to.
--- KEYS  1 task
--- ARGV  1 id, 2 fence, 3 now, 4 event data
--- Event task:cancelled
--- Reply {ok, version, ring, more, grants} | {leaseLost}
--- @include clock event index tally slots lanes grant leave held close
local id, now = ARGV[1], clock(ARGV[3])
local t = held(KEYS[1], ARGV[2])
if not t then return { @code.leaseLost } end

local version = tostring(t[@f.version] + 1)
redis.call('HSET', KEYS[1], 'status', 'cancelled', 'version', version, 'place', 'E', 'cancelledAt', now)
redis.call('HDEL', KEYS[1], 'checkpoint', 'stop')
ended(id, now)
return { @code.ok, version, close(id, t, 'cancelled', version, now, 'x', 'task:cancelled', ARGV[4]) }
