--- sweep_grants: grants whose start nobody saw in time. While a slot is free they are renewed and reported, else they go back
--- to their lanes: the slot has gone to another.
--- KEYS  1 granted
--- ARGV  1 now, 2 how many at most
--- Reply {looked at, flat list of id, run, waiting}
--- @include clock slots lanes leave changed
local now, found = clock(ARGV[1]), {}
local after, lapses = '(' .. now, span(now, @opt.grantMs)
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', '0', ARGV[2])
local free = #ids > 0 and free_slots(after)
for _, id in ipairs(ids) do
  local t = redis.call('HMGET', @key.task .. id, @fields.brief)
  if free > 0 and not blocker(t[@f.type], t[@f.user], after) then
    hold(KEYS[1], id, t[@f.type], t[@f.user], lapses)
    redis.call('HSET', @key.task .. id, 'place', 'G' .. lapses)
    found[#found + 1], found[#found + 2], found[#found + 3] = id, t[@f.run], t[@f.waiting]
    free = free - 1
  else
    withdraw(id, t)
    join(id, t, after)
  end
end
if #ids > 0 then changed('beats') end
return { #ids, found }
