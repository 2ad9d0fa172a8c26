--- renew: the leases of all that a worker runs, and its sign of life.
--- KEYS  1 workers
--- ARGV  1 worker, 2 now, 3 how many the same beat has kept by now, then id and fence of each
--- Events none
--- Reply for each: 1 held, 2 cancel asked, 0 lost
--- @include clock slots held lease changed
local now, answers, count = clock(ARGV[2]), {}, tonumber(ARGV[3])
for i = 4, #ARGV, 2 do
  local t = held(@key.task .. ARGV[i], ARGV[i + 1])
  local kept = t and renew(ARGV[i], t, now)
  if kept then count = count + 1 end
  answers[#answers + 1] = not kept and 0 or (t[@f.stop] and 2) or 1
end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('HSET', @key.workerLoads, ARGV[1], tostring(count))
changed('beats')
return answers
