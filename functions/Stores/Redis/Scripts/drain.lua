--- drain: acknowledges what was delivered and reads what comes next. An empty outbox is what says that the pump sleeps, so
--- reading it empty and falling asleep are one.
--- KEYS  1 outbox, 2 pump: base = position of the outbox' first entry, seen = when somebody last drained
--- ARGV  1 position up to which all is delivered ('' = nothing), 2 how many to read, 3 now
--- Reply {position after the entries read, entries}
local base = tonumber(redis.call('HGET', KEYS[2], 'base') or 0)
local done = tonumber(ARGV[1]) or 0
if done > base then
  redis.call('LTRIM', KEYS[1], tostring(done - base), '-1')
  base = done
end
redis.call('HSET', KEYS[2], 'base', string.format('%.0f', base), 'seen', ARGV[3])
local entries = redis.call('LRANGE', KEYS[1], '0', tostring(ARGV[2] - 1))
return { string.format('%.0f', base + #entries), entries }
