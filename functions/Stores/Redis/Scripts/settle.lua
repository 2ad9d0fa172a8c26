--- settle: tells those who wait of tasks that have ended, and stops the children of those that failed.
--- KEYS  1 settling
--- ARGV  1 now, 2 how many may be told, 3 event data of a cancelled task, 4 error of one whose predecessor failed, 5 its event data; in both
---       $task and $status stand for the predecessor
--- Events task:progress, task:cancelled, task:failed
--- Reply {ok, ring, more, grants}
--- @include clock event index tally slots lanes grant leave close links cancelling changed
local now, budget, told, all, ring, more = clock(ARGV[1]), tonumber(ARGV[2]), {}, {}, 0, 0

local function note(its_ring, its_more, grants)
  ring, more = math.max(ring, its_ring), math.max(more, its_more)
  for _, part in ipairs(grants) do all[#all + 1] = part end
end
local function wake(id, t)
  if t[@f.waiting] then all[#all + 1], all[#all + 2], all[#all + 3] = id, t[@f.run], '1' end
end

local function go_on(id, t)
  local runAt = t[@f.status] == 'pending' and redis.call('HGET', @key.task .. id, 'runAt')
  if runAt and tonumber(runAt) > tonumber(now) then
    redis.call('HSET', @key.task .. id, 'place', 'D', 'due', runAt)
    redis.call('ZADD', @key.delayed, runAt, id)
    all[#all + 1], all[#all + 2], all[#all + 3] = id, t[@f.run], t[@f.waiting] or ''
  else
    redis.call('HSET', @key.task .. id, 'due', now)
    join(id, t, '(' .. now)
  end
end

local function end_after(id, t, predecessor, status, how)
  if how == 'cancel' then
    note(cancel_now(id, t, now, ARGV[3]))
  else
    local function of(text) return (string.gsub(string.gsub(text, '%$task', predecessor), '%$status', status)) end
    local version = tostring(t[@f.version] + 1)
    redis.call('HSET', @key.task .. id, 'status', 'failed', 'version', version, 'place', 'E', 'completedAt', now, 'error', of(ARGV[4]))
    ended(id, now)
    note(close(id, t, 'failed', version, now, 'f', 'task:failed', of(ARGV[5])))
  end
  wake(id, t)
end

local function tell_successor(id, t, predecessor, status)
  if t[@f.status] ~= 'pending' or t[@f.place] ~= 'B' then return end
  local after = cjson.decode(redis.call('HGET', @key.task .. id, 'after'))
  local open = redis.call('SCARD', @key.waits .. id)
  if status == 'completed' then
    if after.any or open == 0 then go_on(id, t) end
  elseif after.onFailure ~= 'run' and (not after.any or open == 0) then
    end_after(id, t, predecessor, status, after.onFailure)
  elseif open == 0 then
    go_on(id, t)
  end
end

--- A parent is told once for all of its children that this call is about.
local function tell_parents()
  for id, failed in pairs(told) do
    local t = redis.call('HMGET', @key.task .. id, @fields.brief)
    local place = t[@f.place]
    if t[@f.status] == 'running' and (place == 'B' or place == 'F') then
      local open = redis.call('SCARD', @key.waits .. id)
      local goes_on = open == 0 or (place == 'F' and failed)
      local progress = redis.call('HMGET', @key.task .. id, 'progress', 'progressAt')
      if goes_on or now - progress[2] >= 100 then
        local total = cjson.decode(progress[1]).progress.total
        ring = math.max(ring, progressed(id, t[@f.user], tostring(t[@f.version] + 1), now, math.max(0, total - open), total))
      end
      if goes_on then go_on(id, t) end
    end
  end
end

local function stop_child(id)
  local t = redis.call('HMGET', @key.task .. id, @fields.brief)
  if not t[@f.status] or has_ended(t[@f.status]) then return end
  if is_run(id, t, now) then
    redis.call('HSET', @key.task .. id, 'stop', '1')
  else
    note(cancel_now(id, t, now, ARGV[3]))
    wake(id, t)
  end
end

while budget > 0 do
  local id = redis.call('LINDEX', KEYS[1], '0')
  if not id then break end
  budget = budget - 1
  local t = redis.call('HMGET', @key.task .. id, 'status', 'children')
  local status, finished = t[1] or 'cancelled', true
  -- One that has been tried again since is told of when it ends the next time.
  if has_ended(status) then
    local some = redis.call('SPOP', @key.links .. id, tostring(budget + 1))
    budget = budget - #some
    for _, entry in ipairs(some) do
      local kind, dependent = string.sub(entry, 1, 1), string.sub(entry, 2)
      redis.call('SREM', @key.waits .. dependent, id)
      if kind == 'c' then
        local failed = status ~= 'completed'
        told[dependent] = told[dependent] or failed
        if failed then redis.call('HSET', @key.task .. dependent, 'childFailed', '1') end
      else
        local waits = redis.call('HMGET', @key.task .. dependent, @fields.brief)
        if waits[@f.status] then tell_successor(dependent, waits, id, status) end
      end
    end
    finished = budget >= 0
    if finished and t[2] and status ~= 'completed' then
      local children = redis.call('SPOP', @key.waits .. id, tostring(budget + 1))
      budget = budget - #children
      for _, child in ipairs(children) do
        redis.call('SREM', @key.links .. child, 'c' .. id)
        stop_child(child)
      end
      finished = budget >= 0
    end
  end
  if finished then redis.call('LPOP', KEYS[1]) end
end
tell_parents()
-- Who goes on, or is to stop, is told by no event.
if budget < tonumber(ARGV[2]) then changed() end
local grants, rest = grant(now)
note(0, rest, grants)
ring = ring % 2
if redis.call('EXISTS', KEYS[1]) == 1 then ring = ring + 2 end
return { @code.ok, ring, more, all }
