--- purge: deletes tasks that ended before a time, with all that is theirs; their entries in the list of ended tasks are void then.
--- KEYS  1 ended
--- ARGV  1 before when, then id, run of each
--- Reply how many
--- @include facet changed
local before, deleted, touched, segments = tonumber(ARGV[1]), 0, {}, {}
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
for i = 2, #ARGV, 2 do
  local id = ARGV[i]
  local task = @key.task .. id
  local f = redis.call('HMGET', task, 'status', 'completedAt', 'cancelledAt', 'type', 'user', 'priority', 'segment', 'bit', 'tags', 'run', 'parent', 'uniqueKey')
  local at = (f[1] == 'cancelled' and f[3]) or ((f[1] == 'completed' or f[1] == 'failed') and f[2])
  -- A manual retry since it was listed: it goes on, or has ended at another time.
  -- Nor has one whose end is still to be told of.
  if at and tonumber(at) < before and f[10] == ARGV[i + 1] and redis.call('EXISTS', @key.links .. id) == 0 then
    local t = { segment = f[7], bit = f[8] }
    clear(@key.byStatus, f[1], t)
    clear(@key.byType, f[4], t)
    clear_value(@key.users, @key.byUser, f[5], t)
    clear(@key.byPriority, f[6], t)
    for _, tag in ipairs(f[9] and cjson.decode(f[9]) or {}) do clear_value(@key.tags, @key.byTag, tag, t) end
    if f[11] then unmark(@key.tags .. t.segment, @opt.listOf .. f[11], t.bit) end
    if f[12] and string.match(redis.call('GET', f[12]) or '', '^%x+') == id then redis.call('DEL', f[12]) end
    segments[t.segment] = true
    redis.call('UNLINK', task, @key.events .. id, @key.steps .. id, @key.logs .. id, @key.lastLogs .. id, @key.file .. id, @key.waits .. id)
    deleted = deleted + 1
  end
end
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
if deleted > 0 then changed() end
return deleted
