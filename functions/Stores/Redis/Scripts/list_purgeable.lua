--- list_purgeable: tasks that ended before a time, longest ended first.
--- KEYS  1 ended: list of 'when id'
--- ARGV  1 before when, 2 from which entry, 3 how many entries at most
--- Reply {entries looked at, how many of them were taken away, flat list of id, run}
local before, found, looked, void = tonumber(ARGV[1]), {}, 0, 0
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], ARGV[2], tostring(ARGV[2] + ARGV[3] - 1))) do
  local at, id = string.match(entry, '^(%d+) (%x+)$')
  if tonumber(at) >= before then break end
  looked = looked + 1
  local f = redis.call('HMGET', @key.task .. id, 'status', 'completedAt', 'cancelledAt', 'run')
  -- A manual retry, or the purge, has made the entry void: the task has not ended, or at another time, or is gone.
  if (f[1] == 'cancelled' and f[3] == at) or ((f[1] == 'completed' or f[1] == 'failed') and f[2] == at) then
    found[#found + 1], found[#found + 2] = id, f[4]
  elseif ARGV[2] == '0' and #found == 0 then
    void = void + 1
  end
end
-- Only from the front, where it costs nothing.
if void > 0 then redis.call('LTRIM', KEYS[1], tostring(void), '-1') end
return { looked, void, found }
