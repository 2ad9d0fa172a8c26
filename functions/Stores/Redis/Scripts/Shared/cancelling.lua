--- is_run: a worker runs the task just now: it is not between two slices, and its lease has not ended.
local function is_run(id, t, now)
  local lease = t[@f.status] == 'running' and t[@f.place] == 'R' and not t[@f.slice] and redis.call('ZSCORE', @key.running, id)
  return lease and tonumber(lease) > tonumber(now)
end

--- cancel_now: -> cancelled, whatever it waited for. The reply's tail, see close.lua.
local function cancel_now(id, t, now, data)
  local task, version = @key.task .. id, tostring(t[@f.version] + 1)
  redis.call('HSET', task, 'status', 'cancelled', 'version', version, 'place', 'E', 'cancelledAt', now)
  redis.call('HDEL', task, 'checkpoint', 'stop', 'slice', 'recoveries')
  ended(id, now)
  return close(id, t, 'cancelled', version, now, 'x', 'task:cancelled', data)
end
