--- give_back: running -> pending, after a failed attempt (backoff) or a shutdown (release). One that somebody asked to stop is
--- cancelled instead: a stop request wins over another attempt.
--- KEYS  1 task
--- ARGV  1 id, 2 fence, 3 now, 4 minute, 5 due, 6 error ('' = release), 7-8 event data around the retry count, 9 event data when cancelled
--- Event task:retrying | task:cancelled
--- Reply {ok, version, ring, more, grants} | {ok, version, ring, more, grants, 1} (cancelled) | {leaseLost}
--- @include event index tally slots lanes grant leave held close
local id, now, failed = ARGV[1], ARGV[3], ARGV[6] ~= ''
local t = held(KEYS[1], ARGV[2])
if not t then return { @code.leaseLost } end

local version = tostring(t[@f.version] + 1)
if t[@f.stop] then
  redis.call('HSET', KEYS[1], 'status', 'cancelled', 'version', version, 'place', 'E', 'cancelledAt', now)
  redis.call('HDEL', KEYS[1], 'checkpoint', 'stop')
  ended(id, now)
  local ring, more, grants = close(id, t, 'cancelled', version, now, ARGV[4], 'x', 'task:cancelled', ARGV[9])
  return { @code.ok, version, ring, more, grants, 1 }
end

local retry = t[@f.retry]
redis.call('HSET', KEYS[1], 'status', 'pending', 'version', version, 'place', 'D', 'due', ARGV[5])
redis.call('HDEL', KEYS[1], 'recoveries')
if failed then
  retry = tostring(retry + 1)
  redis.call('HSET', KEYS[1], 'retry', retry, 'runAt', ARGV[5], 'error', ARGV[6])
end
redis.call('ZADD', @key.delayed, ARGV[5], id)
local what = failed and 'b' .. bucket(now - t[@f.startedAt]) or 'g'
return { @code.ok, version, close(id, t, 'pending', version, now, ARGV[4], what, 'task:retrying', ARGV[7] .. retry .. ARGV[8]) }
