--- Slots are leases: members of a set, scored by when they lapse. Only those scored above now count.

local function type_limit(type)
@opt.typeLimits
  return @opt.maxPerType
end

--- alive: how many slots of a set count; after is '(' .. now.
local function alive(slots, after)
  return redis.call('ZCOUNT', slots, after, '+inf')
end

local function free_slots(after)
  if @opt.maxRunning == 0 then return 1000000 end
  return @opt.maxRunning - alive(@key.running, after) - alive(@key.granted, after)
end

--- blocker: what holds the task back, 'type:...' or 'user:...'; nil when nothing does.
local function blocker(type, user, after)
  local limit = type_limit(type)
  if limit > 0 and alive(@key.slots .. 'type:' .. type, after) >= limit then return 'type:' .. type end
  if @opt.maxPerUser > 0 and alive(@key.slots .. 'user:' .. user, after) >= @opt.maxPerUser then return 'user:' .. user end
end

--- hold: gives the task a slot in granted or running, or keeps it there, until a time.
local function hold(slots, id, type, user, lapses)
  redis.call('ZADD', slots, lapses, id)
  if type_limit(type) > 0 then redis.call('ZADD', @key.slots .. 'type:' .. type, lapses, id) end
  if @opt.maxPerUser > 0 then redis.call('ZADD', @key.slots .. 'user:' .. user, lapses, id) end
end
