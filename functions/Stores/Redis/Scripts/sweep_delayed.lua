--- sweep_delayed: tasks whose time came a grant's time ago and which nobody has admitted. Their score moves to now, so that
--- they are reported again after another grant's time.
--- KEYS  1 delayed
--- ARGV  1 now, 2 how many at most
--- Reply {looked at, flat list of id, run, waiting}
--- @include clock
local now, found = clock(ARGV[1]), {}
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', span(now, -@opt.grantMs), 'LIMIT', '0', ARGV[2])
for _, id in ipairs(ids) do
  local t = redis.call('HMGET', @key.task .. id, 'run', 'waiting')
  redis.call('ZADD', KEYS[1], now, id)
  found[#found + 1], found[#found + 2], found[#found + 3] = id, t[1], t[2]
end
return { #ids, found }
