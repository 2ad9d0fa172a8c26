--- stats: counts as they stand. What happened is counted by minute; minutes that are over are added to the totals, and
--- to their hours once they are a day old.
--- KEYS  1 totals
--- ARGV  1 now
--- Reply {totals, minutes not yet added, tasks per status, lanes' depths, delayed, oldest created, workers, their loads}
--- @include clock tally
local now = clock(ARGV[1])
local minute, alive_since = tonumber(minute_of(now)), span(now, 1 - @opt.leaseMs)
-- A worker's clock may be a little late, so the last two minutes are still open.
for _, over in ipairs(redis.call('ZRANGEBYSCORE', @key.minutes, '(' .. (redis.call('HGET', KEYS[1], 'upTo') or '-inf'), tostring(minute - 2))) do
  local counts = redis.call('HGETALL', @key.minute .. over)
  for i = 1, #counts, 2 do
    local what = string.sub(counts[i], 1, 1)
    -- What gauges.lua noted is no count.
    if what ~= 'g' then redis.call('HINCRBY', KEYS[1], what, counts[i + 1]) end
  end
  redis.call('HSET', KEYS[1], 'upTo', over)
end
-- By hundreds, each into its hour. What gauges.lua noted is no count: the hour's last note stays.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', @key.minutes, '-inf', tostring(minute - 1450), 'LIMIT', '0', '100')) do
  local hour = tostring(math.floor(old / 60))
  local counts = redis.call('HGETALL', @key.minute .. old)
  for i = 1, #counts, 2 do
    redis.call(string.sub(counts[i], 1, 1) == 'g' and #counts[i] == 2 and 'HSET' or 'HINCRBY', @key.hour .. hour, counts[i], counts[i + 1])
  end
  redis.call('ZADD', @key.hours, hour, hour)
  redis.call('DEL', @key.minute .. old)
  redis.call('ZREM', @key.minutes, old)
end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', @key.hours, '-inf', '(' .. tostring(math.floor(minute / 60) - 720), 'LIMIT', '0', '100')) do
  redis.call('DEL', @key.hour .. old)
  redis.call('ZREM', @key.hours, old)
end
local open = {}
for _, recent in ipairs(redis.call('ZRANGEBYSCORE', @key.minutes, '(' .. (redis.call('HGET', KEYS[1], 'upTo') or '-inf'), '+inf')) do
  open[#open + 1] = redis.call('HGETALL', @key.minute .. recent)
end

local statuses = { 0, 0, 0, 0, 0 }
for _, segment in ipairs(redis.call('ZRANGE', @key.segments, '0', '-1')) do
  for i, status in ipairs({ 'pending', 'running', 'completed', 'failed', 'cancelled' }) do
    statuses[i] = statuses[i] + redis.call('BITCOUNT', @key.byStatus .. status .. ':' .. segment)
  end
end

local depths, oldest = {}, {}
for rank, lane in ipairs({ 'high', 'normal', 'low' }) do
  local from, to = tostring((rank - 1) * 1099511627776), '(' .. tostring(rank * 1099511627776)
  depths[rank] = redis.call('ZCARD', @key.lane .. lane) + redis.call('ZCOUNT', @key.parked, from, to)
  local waiting = redis.call('ZRANGE', @key.lane .. lane, '0', '0')[1]
  local parked = redis.call('ZRANGEBYSCORE', @key.parked, from, to, 'LIMIT', '0', '1')[1]
  for _, id in ipairs({ waiting or parked, parked }) do oldest[#oldest + 1] = redis.call('HGET', @key.task .. id, 'created') end
end
-- Those that have died are forgotten, by hundreds.
local dead = redis.call('ZRANGEBYSCORE', @key.workers, '-inf', '(' .. alive_since, 'LIMIT', '0', '100')
if #dead > 0 then
  redis.call('ZREM', @key.workers, unpack(dead))
  redis.call('HDEL', @key.workerLoads, unpack(dead))
end
local workers = redis.call('ZRANGEBYSCORE', @key.workers, alive_since, '+inf', 'WITHSCORES')
return { redis.call('HGETALL', KEYS[1]), open, statuses, depths, redis.call('ZCARD', @key.delayed), oldest, workers, redis.call('HGETALL', @key.workerLoads) }
