--- renew: the leases of all that a worker runs, and its sign of life.
--- KEYS  1 workers
--- ARGV  1 worker, 2 now, 3 lease's end, 4 how many the same beat has kept by now, then id and fence of each
--- Events none
--- Reply for each: 1 held, 2 cancel asked, 0 lost
--- @include slots held lease
local answers, count = {}, tonumber(ARGV[4])
for i = 5, #ARGV, 2 do
  local t = held(@key.task .. ARGV[i], ARGV[i + 1])
  local kept = t and renew(ARGV[i], t, ARGV[2], ARGV[3])
  if kept then count = count + 1 end
  answers[#answers + 1] = not kept and 0 or (t[@f.stop] and 2) or 1
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('HSET', @key.workerLoads, ARGV[1], tostring(count))
return answers
