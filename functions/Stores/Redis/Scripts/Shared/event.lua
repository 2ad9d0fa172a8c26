--- emit: appends a change to the task's own events and to the outbox, as one and the same entry.
--- An empty outbox means that the pump sleeps: 1 = ring it, 0 = it is at work.
local function emit(id, user, name, version, now, data)
  local entry = id .. ' ' .. version .. ' ' .. name .. ' ' .. now .. ' ' .. #user .. '\n' .. user .. data
  local events = @key.events .. id
  -- Trimmed now and then, not each time; the newest thousand are kept at least, and of those before them what is no progress.
  if redis.call('RPUSH', events, entry) >= 1200 then
    local steps = {}
    for _, old in ipairs(redis.call('LRANGE', events, '0', '-1001')) do
      if not string.find(old, '^%S+ %S+ task:progress ') then steps[#steps + 1] = old end
    end
    redis.call('LTRIM', events, '-1000', '-1')
    if #steps > 0 then
      redis.call('RPUSH', @key.steps .. id, unpack(steps))
      redis.call('LTRIM', @key.steps .. id, '-1000', '-1')
    end
  end
  return redis.call('RPUSH', @key.outbox, entry) == 1 and 1 or 0
end
