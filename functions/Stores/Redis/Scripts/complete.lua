--- complete: running -> completed, with its result.
--- KEYS  1 task
--- ARGV  1 id, 2 fence, 3 now, 4 result, 5 event data
--- Event task:completed
--- Reply {ok, version, ring, more, grants} | {leaseLost}
--- @include clock event index tally slots lanes grant leave held close
local id, now = ARGV[1], clock(ARGV[3])
local t = held(KEYS[1], ARGV[2])
if not t then return { @code.leaseLost } end

local version = tostring(t[@f.version] + 1)
redis.call('HSET', KEYS[1], 'status', 'completed', 'version', version, 'place', 'E', 'completedAt', now, 'result', ARGV[4])
redis.call('HDEL', KEYS[1], 'checkpoint', 'error', 'stop')
ended(id, now)
return { @code.ok, version, close(id, t, 'completed', version, now, 'd' .. bucket(now - t[@f.startedAt]), 'task:completed', ARGV[5]) }
