--- give_back: running -> pending, after a failed attempt (backoff) or a shutdown (release). One that somebody asked to stop is
--- cancelled instead: a stop request wins over another attempt.
--- KEYS  1 task
--- ARGV  1 id, 2 fence, 3 now, 4 due ('' = now), 5 error ('' = release), 6-7 event data around the retry count, 8 event data when cancelled
--- Event task:retrying | task:cancelled
--- Reply {ok, version, ring, more, grants} | {ok, version, ring, more, grants, 1} (cancelled) | {leaseLost}
--- @include clock event index tally slots lanes grant leave held close
local id, now, failed = ARGV[1], clock(ARGV[3]), ARGV[5] ~= ''
local t = held(KEYS[1], ARGV[2])
if not t then return { @code.leaseLost } end

local version = tostring(t[@f.version] + 1)
if t[@f.stop] then
  redis.call('HSET', KEYS[1], 'status', 'cancelled', 'version', version, 'place', 'E', 'cancelledAt', now)
  redis.call('HDEL', KEYS[1], 'checkpoint', 'stop')
  ended(id, now)
  local ring, more, grants = close(id, t, 'cancelled', version, now, 'x', 'task:cancelled', ARGV[8])
  return { @code.ok, version, ring, more, grants, 1 }
end

local retry, due = t[@f.retry], ARGV[4]
if due == '' then due = now end
redis.call('HSET', KEYS[1], 'status', 'pending', 'version', version, 'place', 'D', 'due', due)
redis.call('HDEL', KEYS[1], 'recoveries')
if failed then
  retry = tostring(retry + 1)
  redis.call('HSET', KEYS[1], 'retry', retry, 'runAt', due, 'error', ARGV[5])
end
redis.call('ZADD', @key.delayed, due, id)
local what = failed and 'b' .. bucket(now - t[@f.startedAt]) or 'g'
return { @code.ok, version, close(id, t, 'pending', version, now, what, 'task:retrying', ARGV[6] .. retry .. ARGV[7]) }
