--- Who waits for whom: of one that is waited for, a set with who is to be told of its end ('a' and the id of one that waits for it, 'c'
--- and the id of its parent); of one that waits, a set with those it waits for. Nothing is decided here: settle.lua does.

local function has_ended(status)
  return status == 'completed' or status == 'failed' or status == 'cancelled'
end

--- refused_relatives: the refusal of a new task whose parent has ended, or that waits for one that there is not.
local function refused_relatives(relations)
  if relations.parent then
    local status = redis.call('HGET', @key.task .. relations.parent, 'status')
    if not status or has_ended(status) then return { @code.parentEnded } end
  end
  for _, id in ipairs(relations.after and relations.after.tasks or {}) do
    if redis.call('EXISTS', @key.task .. id) == 0 then return { @code.afterNotFound, id } end
  end
end

--- link: one waits for another's end, kind 'a' or 'c'. Where that has come already it is told like any other: 2 = call settle.lua.
local function link(awaited, dependent, kind)
  redis.call('SADD', @key.links .. awaited, kind .. dependent)
  redis.call('SADD', @key.waits .. dependent, awaited)
  redis.call('HSET', @key.task .. awaited, 'told', '1')
  if kind == 'c' then redis.call('HSET', @key.task .. dependent, 'told', '1', 'children', '1') end
  if not has_ended(redis.call('HGET', @key.task .. awaited, 'status')) then return 0 end
  redis.call('RPUSH', @key.settling, awaited)
  return 2
end

--- progressed: a parent's progress is how many of its children have ended.
local function progressed(id, user, version, now, current, total)
  local percent = total <= 0 and 0 or math.floor(1000 * math.min(1, current / total) + 0.5) / 10
  local data = string.format('{"progress":{"current":%.0f,"total":%.0f,"percent":%s,"message":null}}', current, total, tostring(percent))
  redis.call('HSET', @key.task .. id, 'version', version, 'progress', data, 'progressAt', now)
  return emit(id, user, 'task:progress', version, now, data)
end
