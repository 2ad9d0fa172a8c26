--- retry: failed or cancelled -> pending by hand, as a new run.
--- KEYS  1 task, 2 idempotency key (when there is one)
--- ARGV  1 id, 2 now, 3 event data, 4 request hash, 5 owner (missing = anybody's)
--- Event task:retrying
--- Reply {ok, granted, ring, more, grants, fields} | {existing, granted, fields, id} | {conflict} | {keyGone} | {notFound} | {notRetryable}
--- @include clock event index tally slots lanes grant arrive once
local id, now, task = ARGV[1], clock(ARGV[2]), KEYS[1]
if KEYS[2] then
  local first = first_task(KEYS[2], now, ARGV[4])
  if first then return first end
end
local t = redis.call('HMGET', task, @fields.brief)
local status = t[@f.status]
if not status or (ARGV[5] and t[@f.user] ~= ARGV[5]) then return { @code.notFound } end
if status ~= 'failed' and status ~= 'cancelled' then return { @code.notRetryable } end
if KEYS[2] then use(KEYS[2], id, now, ARGV[4]) end

local version = tostring(t[@f.version] + 1)
redis.call('HSET', task, 'status', 'pending', 'version', version, 'run', tostring(t[@f.run] + 1), 'retry', '0', 'due', now)
redis.call('HDEL', task, 'result', 'error', 'progress', 'checkpoint', 'startedAt', 'completedAt', 'cancelledAt', 'runAt',
  'waiting', 'stop', 'slice', 'recoveries')
move_status(t, status, 'pending')
tally(now, 'm')
local ring = emit(id, t[@f.user], 'task:retrying', version, now, ARGV[3])
local granted, more, grants = arrive(id, t, now)
return { @code.ok, granted, ring, more, grants, redis.call('HMGET', task, @fields.all) }
