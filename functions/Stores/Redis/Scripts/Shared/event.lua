--- emit: appends a change to the task's own events and to the outbox, as one and the same entry.
--- An empty outbox means that the pump sleeps: 1 = ring it, 0 = it is at work.
local function emit(id, user, name, version, now, data)
  local entry = id .. ' ' .. version .. ' ' .. name .. ' ' .. now .. ' ' .. #user .. '\n' .. user .. data
  local events = @key.events .. id
  -- Trimmed now and then, not each time; the newest thousand are kept at least.
  if redis.call('RPUSH', events, entry) >= 1200 then
    redis.call('LTRIM', events, '-1000', '-1')
  end
  return redis.call('RPUSH', @key.outbox, entry) == 1 and 1 or 0
end
