--- Where a task is, its field place says: L in its lane, P<by> parked, G<lapses> granted, R running, X running with its lease
--- reported dead, D aside until its time, B blocked by others that it waits for, F blocked until the first of them fails, E ended.

--- withdraw: out of the set that its place names; what it holds of its type's and user's slots stays.
local function withdraw(id, t)
  local place = string.sub(t[@f.place], 1, 1)
  if place == 'R' then redis.call('ZREM', @key.running, id)
  elseif place == 'G' then redis.call('ZREM', @key.granted, id)
  elseif place == 'X' then redis.call('ZREM', @key.lost, id)
  elseif place == 'D' then redis.call('ZREM', @key.delayed, id)
  elseif place == 'L' then redis.call('ZREM', @key.lane .. t[@f.priority], id)
  elseif place == 'P' then
    redis.call('ZREM', @key.parkedBy .. string.sub(t[@f.place], 2), id)
    redis.call('ZREM', @key.parked, id)
  end
  return place
end

--- leave: gives up place and slots; whoever was parked for them comes back.
local function leave(id, t, now)
  local type, user = t[@f.type], t[@f.user]
  local place = withdraw(id, t)
  if type_limit(type) > 0 then redis.call('ZREM', @key.slots .. 'type:' .. type, id) end
  if @opt.maxPerUser > 0 then redis.call('ZREM', @key.slots .. 'user:' .. user, id) end
  if place ~= 'P' and place ~= 'D' and place ~= 'B' and place ~= 'F' then admit_parked(type, user, '(' .. now) end
end
