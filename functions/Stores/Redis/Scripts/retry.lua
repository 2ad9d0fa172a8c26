--- retry: failed or cancelled -> pending by hand, as a new run.
--- KEYS  1 task, 2 idempotency key (when there is one)
--- ARGV  1 id, 2 now, 3 event data, 4 request hash, 5 owner (missing = anybody's)
--- Event task:retrying
--- Reply {ok, granted, ring, more, grants, fields} | {existing, granted, fields, id} | {conflict} | {keyGone} | {notFound} | {notRetryable}
--- @include clock event index tally slots lanes grant arrive once links
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
  'waiting', 'stop', 'slice', 'recoveries', 'childFailed')
move_status(t, status, 'pending')
tally(now, 'm')
local ring = emit(id, t[@f.user], 'task:retrying', version, now, ARGV[3])

-- It waits again for those that have not ended, and its parent for it.
local relations, waits = redis.call('HMGET', task, 'parent', 'after'), false
if relations[1] then
  local parent = redis.call('HGET', @key.task .. relations[1], 'status')
  if parent and not has_ended(parent) then link(id, relations[1], 'c') end
end
for _, predecessor in ipairs(relations[2] and cjson.decode(relations[2]).tasks or {}) do
  local its = redis.call('HGET', @key.task .. predecessor, 'status')
  if its and not has_ended(its) then
    link(predecessor, id, 'a')
    waits = true
  end
end
if waits then
  redis.call('HSET', task, 'place', 'B')
  return { @code.ok, 0, ring, 0, {}, redis.call('HMGET', task, @fields.all) }
end
local granted, more, grants = arrive(id, t, now)
return { @code.ok, granted, ring, more, grants, redis.call('HMGET', task, @fields.all) }
