--- drain: acknowledges what was delivered and reads what comes next. An empty outbox is what says that the pump sleeps, so
--- reading it empty and falling asleep are one.
--- KEYS  1 outbox, 2 pump: base = position of the outbox' first entry, seen = when somebody last drained
--- ARGV  1 position up to which all is delivered ('' = nothing), 2 how many to read, 3 now
--- Reply {position after the entries read, entries}
--- @include clock
local function head(entry) return string.match(entry, '^[^\n]*') end

local base = tonumber(redis.call('HGET', KEYS[2], 'base') or 0)
local done, last = string.match(ARGV[1], '^(%d+) ?(.*)$')
done = tonumber(done) or 0
if done > base then
  -- A replica that took over without the latest has other events at that place, or none: they have not been delivered.
  local there = redis.call('LINDEX', KEYS[1], tostring(done - base - 1))
  if there and (last == '' or head(there) == last) then
    redis.call('LTRIM', KEYS[1], tostring(done - base), '-1')
    base = done
  end
end
redis.call('HSET', KEYS[2], 'base', string.format('%.0f', base), 'seen', clock(ARGV[3]))

-- By tens, up to about a megabyte: results make events long, and nobody else is served meanwhile.
local entries, bytes, limit = {}, 0, tonumber(ARGV[2])
while #entries < limit and bytes < 1000000 do
  local some = redis.call('LRANGE', KEYS[1], tostring(#entries), tostring(math.min(#entries + 9, limit - 1)))
  if #some == 0 then break end
  for _, entry in ipairs(some) do
    entries[#entries + 1] = entry
    bytes = bytes + #entry
  end
end
local position = string.format('%.0f', base + #entries)
return { #entries > 0 and position .. ' ' .. head(entries[#entries]) or position, entries }
