--- Lanes hold tasks that only a slot is missing to. One that its type's or user's limit holds back is parked with its kind
--- instead, and comes back when a slot of that kind is free, so that nobody ever has to look past it.

--- park: the score keeps the lane's rank above the sequence, so that the parked come back in the lanes' order.
local function park(id, sequence, priority, by)
  local rank = (priority == 'high' and 0) or (priority == 'normal' and 1) or 2
  local score = tostring(rank * 1099511627776 + sequence)
  redis.call('ZADD', @key.parkedBy .. by, score, id)
  redis.call('ZADD', @key.parked, score, id)
  redis.call('ZADD', @key.parkedNames, 'NX', '0', by)
  redis.call('HSET', @key.task .. id, 'place', 'P' .. by)
end

--- unpark: brings up to count parked tasks back into their lanes, since a slot of their kind is free. How many came.
local function unpark(by, count)
  local back = redis.call('ZPOPMIN', @key.parkedBy .. by, count)
  for i = 1, #back, 2 do
    local id, score = back[i], tonumber(back[i + 1])
    local rank = math.floor(score / 1099511627776)
    local lane = (rank == 0 and 'high') or (rank == 1 and 'normal') or 'low'
    redis.call('ZREM', @key.parked, id)
    redis.call('ZADD', @key.lane .. lane, tostring(score % 1099511627776), id)
    redis.call('HSET', @key.task .. id, 'place', 'L')
  end
  return #back / 2
end

--- join: into its lane, or among the parked.
local function join(id, t, after)
  local by = blocker(t[@f.type], t[@f.user], after)
  local sequence = t[@f.segment] * 4096 + t[@f.bit]
  if by then return park(id, sequence, t[@f.priority], by) end
  redis.call('ZADD', @key.lane .. t[@f.priority], tostring(sequence), id)
  redis.call('HSET', @key.task .. id, 'place', 'L')
end

--- admit_parked: a task of this type and user has gone without using the room there is for them: those parked behind it may.
local function admit_parked(type, user, after)
  local limit, count = type_limit(type), 0
  if limit > 0 and alive(@key.slots .. 'type:' .. type, after) < limit then count = unpark('type:' .. type, '1') end
  if @opt.maxPerUser > 0 and alive(@key.slots .. 'user:' .. user, after) < @opt.maxPerUser then count = count + unpark('user:' .. user, '1') end
  return count
end
