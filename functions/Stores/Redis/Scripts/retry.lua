--- retry: failed or cancelled -> pending by hand, as a new run.
--- KEYS  1 task
--- ARGV  1 id, 2 now, 3 minute, 4 event data, 5 owner (missing = anybody's)
--- Event task:retrying
--- Reply {ok, granted, ring, more, grants, fields} | {notFound} | {notRetryable}
--- @include event index tally slots lanes grant arrive
local id, now, task = ARGV[1], ARGV[2], KEYS[1]
local t = redis.call('HMGET', task, @fields.brief)
local status = t[@f.status]
if not status or (ARGV[5] and t[@f.user] ~= ARGV[5]) then return { @code.notFound } end
if status ~= 'failed' and status ~= 'cancelled' then return { @code.notRetryable } end

local version = tostring(t[@f.version] + 1)
redis.call('HSET', task, 'status', 'pending', 'version', version, 'run', tostring(t[@f.run] + 1), 'retry', '0', 'due', now)
redis.call('HDEL', task, 'result', 'error', 'progress', 'checkpoint', 'startedAt', 'completedAt', 'cancelledAt', 'runAt',
  'waiting', 'stop', 'slice', 'recoveries')
move_status(t, status, 'pending')
tally(ARGV[3], 'm')
local ring = emit(id, t[@f.user], 'task:retrying', version, now, ARGV[4])
local granted, more, grants = arrive(id, t, now)
return { @code.ok, granted, ring, more, grants, redis.call('HMGET', task, @fields.all) }
