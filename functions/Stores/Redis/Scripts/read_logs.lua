--- read_logs: a slice of a task's log lines, over the first and the last that are kept.
--- KEYS  1 task, 2 first lines, 3 last lines
--- ARGV  1 from which, 2 how many
--- Reply {how many first, how many last, how many dropped between them, lines}
local first, last = redis.call('LLEN', KEYS[2]), redis.call('LLEN', KEYS[3])
local from, to = tonumber(ARGV[1]), ARGV[1] + ARGV[2] - 1
local lines = {}
if from < first then lines = redis.call('LRANGE', KEYS[2], ARGV[1], tostring(to)) end
if to >= first and last > 0 then
  for _, line in ipairs(redis.call('LRANGE', KEYS[3], tostring(math.max(0, from - first)), tostring(to - first))) do lines[#lines + 1] = line end
end
return { first, last, tonumber(redis.call('HGET', KEYS[1], 'dropped') or 0), lines }
