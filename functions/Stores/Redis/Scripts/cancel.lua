--- cancel: pending -> cancelled; a running task is refused, or asked to stop. One that nobody runs just now (between two
--- slices, or its lease has ended) is cancelled at once.
--- KEYS  1 task
--- ARGV  1 id, 2 now, 3 '1' = the running too, 4 event data, 5 owner (missing = anybody's)
--- Event task:cancelled
--- Reply {ok, stopping, ring, more, grants, fields} | {notFound} | {running} | {notCancellable}
--- @include clock event index tally slots lanes grant leave close cancelling changed
local id, now, task = ARGV[1], clock(ARGV[2]), KEYS[1]
local t = redis.call('HMGET', task, @fields.brief)
local status = t[@f.status]
if not status or (ARGV[5] and t[@f.user] ~= ARGV[5]) then return { @code.notFound } end
if status == 'completed' or status == 'failed' then return { @code.notCancellable } end

local function reply(stopping, ring, more, grants)
  return { @code.ok, stopping, ring, more, grants, redis.call('HMGET', task, @fields.all) }
end
if status == 'cancelled' then return reply(0, 0, 0, {}) end
if status == 'running' then
  if ARGV[3] ~= '1' then return { @code.running } end
  if is_run(id, t, now) then
    redis.call('HSET', task, 'stop', '1')
    changed()
    return reply(1, 0, 0, {})
  end
end

return reply(0, cancel_now(id, t, now, ARGV[4]))
