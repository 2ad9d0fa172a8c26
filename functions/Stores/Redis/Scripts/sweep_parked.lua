--- sweep_parked: brings parked tasks back where a slot of their type or user has lapsed, or a limit been raised; then gives
--- away what is free. Each kind is looked at once a second at most, the longest unseen first.
--- KEYS  1 names of the kinds that have parked tasks, scored by when they were looked at
--- ARGV  1 now, 2 how many kinds at most
--- Reply {whether there are kinds left to look at, more, grants}
--- @include clock slots lanes grant changed
local now = clock(ARGV[1])
local after = '(' .. now
-- As many tasks come back as one script should move; a kind that is not done is looked at by the next.
local budget = 100
local names = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', span(now, -1000), 'LIMIT', '0', ARGV[2])
for _, by in ipairs(names) do
  if budget <= 0 then break end
  local kind, name = string.match(by, '^(%a+):(.*)$')
  local limit = (kind == 'type' and type_limit(name)) or @opt.maxPerUser
  local room = limit == 0 and 1000 or limit - alive(@key.slots .. by, after)
  if room > 0 then budget = budget - unpark(by, tostring(math.min(room, budget))) end
  if redis.call('EXISTS', @key.parkedBy .. by) == 0 then redis.call('ZREM', KEYS[1], by) elseif budget > 0 then redis.call('ZADD', KEYS[1], now, by) end
end
local grants, more = grant(now)
if #names > 0 or #grants > 0 then changed('beats') end
return { (budget <= 0 or #names == tonumber(ARGV[2])) and 1 or 0, more, grants }
