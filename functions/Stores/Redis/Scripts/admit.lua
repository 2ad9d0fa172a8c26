--- admit: the wait for its time is over: a slot, or the lane. Takes nothing for others, as the reply could not name them.
--- KEYS  1 task
--- ARGV  1 id, 2 now, 3 run, 4 retry, 5 grant's lapse
--- Events none
--- Reply {ok} (granted) | {waiting} | {gone}
--- @include slots lanes leave arrive
local id, now = ARGV[1], ARGV[2]
local after = '(' .. now
local t = redis.call('HMGET', KEYS[1], @fields.brief)
if t[@f.status] ~= 'pending' or t[@f.run] ~= ARGV[3] or t[@f.retry] ~= ARGV[4] then return { @code.gone } end

redis.call('HSET', KEYS[1], 'waiting', '1')
local place, lapses = string.match(t[@f.place], '^(%a)(.*)')
if place == 'L' or place == 'P' then return { @code.waiting } end
if place == 'G' and tonumber(lapses) > tonumber(now) then return { @code.ok } end

withdraw(id, t)
local lane, high, normal = @key.lane .. t[@f.priority], @key.lane .. 'high', @key.lane .. 'normal'
if t[@f.priority] == 'high' then normal = high end
if at_once(t[@f.type], t[@f.user], after, lane, high, normal) then
  hold(@key.granted, id, t[@f.type], t[@f.user], ARGV[5])
  redis.call('HSET', KEYS[1], 'place', 'G' .. ARGV[5])
  return { @code.ok }
end
join(id, t, after)
return { @code.waiting }
