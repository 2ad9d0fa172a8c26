--- sweep_leases: running tasks whose worker is gone. They are set apart, to be reported again after a grant's time.
--- KEYS  1 running, 2 lost
--- ARGV  1 now, 2 how many at most
--- Reply {looked at, flat list of id, run, waiting}
--- @include clock
local now, found = clock(ARGV[1]), {}
local again = span(now, @opt.grantMs)
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', '0', ARGV[2])
for _, id in ipairs(ids) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HSET', @key.task .. id, 'place', 'X')
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', '0', tostring(ARGV[2] - #ids))) do
  ids[#ids + 1] = id
end
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[2], again, id)
  found[#found + 1], found[#found + 2], found[#found + 3] = id, redis.call('HGET', @key.task .. id, 'run'), '1'
end
return { #ids, found }
