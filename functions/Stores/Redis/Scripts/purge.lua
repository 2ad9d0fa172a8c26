--- purge: deletes tasks that ended before a time, oldest first, with all that is theirs.
--- KEYS  1 ended: list of 'when id'
--- ARGV  1 before when, 2 how many entries at most
--- Reply {entries looked at, flat list of id, run}
--- @include facet
local before, purged, seen, touched = tonumber(ARGV[1]), {}, 0, {}
local function clear(facet, value, t)
  local bitmap = facet .. value .. ':' .. t.segment
  redis.call('SETBIT', bitmap, t.bit, '0')
  touched[bitmap] = true
end
--- A former version kept a bitmap of each user and tag.
local function clear_value(facet, former, value, t)
  unmark(facet .. t.segment, value, t.bit)
  if redis.call('EXISTS', former .. value .. ':' .. t.segment) == 1 then clear(former, value, t) end
end
local segments = {}
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], '0', tostring(ARGV[2] - 1))) do
  local at, id = string.match(entry, '^(%d+) (%x+)$')
  if tonumber(at) >= before then break end
  seen = seen + 1
  local task = @key.task .. id
  local f = redis.call('HMGET', task, 'status', 'completedAt', 'cancelledAt', 'type', 'user', 'priority', 'segment', 'bit', 'tags', 'run')
  -- A manual retry since then makes the entry void: the task has not ended, or at another time.
  if (f[1] == 'cancelled' and f[3] == at) or ((f[1] == 'completed' or f[1] == 'failed') and f[2] == at) then
    local t = { segment = f[7], bit = f[8] }
    clear(@key.byStatus, f[1], t)
    clear(@key.byType, f[4], t)
    clear_value(@key.users, @key.byUser, f[5], t)
    clear(@key.byPriority, f[6], t)
    for _, tag in ipairs(f[9] and cjson.decode(f[9]) or {}) do clear_value(@key.tags, @key.byTag, tag, t) end
    segments[t.segment] = true
    redis.call('UNLINK', task, @key.events .. id, @key.logs .. id, @key.lastLogs .. id, @key.file .. id)
    purged[#purged + 1], purged[#purged + 2] = id, f[10]
  end
end
if seen > 0 then redis.call('LTRIM', KEYS[1], tostring(seen), '-1') end
for bitmap in pairs(touched) do
  if redis.call('BITCOUNT', bitmap) == 0 then redis.call('DEL', bitmap) end
end
-- A segment whose last task is gone, and that gets no more, goes with its ids and words.
local current = math.floor((tonumber(redis.call('GET', @key.sequence) or 0) + 1) / 4096)
for segment in pairs(segments) do
  local left = redis.call('EXISTS', @key.byPriority .. 'high:' .. segment, @key.byPriority .. 'normal:' .. segment, @key.byPriority .. 'low:' .. segment)
  if left == 0 and tonumber(segment) < current then
    redis.call('UNLINK', @key.ids .. segment, @key.words .. segment, @key.users .. segment, @key.tags .. segment)
    for _, status in ipairs({ 'pending', 'running', 'completed', 'failed', 'cancelled' }) do redis.call('DEL', @key.byStatus .. status .. ':' .. segment) end
    redis.call('ZREM', @key.segments, segment)
  end
end
return { seen, purged }
