--- A unique key is kept as 'id until': the task that has it until it has ended and at least until a time. It goes with its task.

--- unique_holder: the answer when another task has the key; nil when it is free.
local function unique_holder(relations, now)
  local id, until_ = string.match(redis.call('GET', relations.uniqueKey) or '', '^(%x+) (%d+)$')
  if not id or id == relations.replaces then return nil end
  local t = redis.call('HMGET', @key.task .. id, @fields.all)
  if not t[@f.status] or (has_ended(t[@f.status]) and tonumber(until_) <= tonumber(now)) then return nil end
  local lapses = string.match(t[@f.place], '^G(%d+)')
  return { @code.taken, lapses and tonumber(lapses) > tonumber(now) and 1 or 0, t, id }
end

local function take_unique(relations, task, id, now)
  redis.call('SET', relations.uniqueKey, id .. ' ' .. span(now, relations.uniqueMs))
  redis.call('HSET', task, 'unique', relations.unique, 'uniqueKey', relations.uniqueKey)
end
