--- create: a new pending task with its indexes; takes a slot when one is free and nobody waits, else joins its lane, or waits for others.
--- KEYS  1 task, 2 idempotency key (when there is one)
--- ARGV  1 id, 2 now, 3 type, 4 user, 5 priority, 6 payload, 7 source, 8 options, 9 tags as JSON ('' = none), 10 runAt ('' = none),
---       11 event data, 12 id in 16 bytes, 13 request hash, 14 '1' = make the type known, 15 number of tags,
---       16 relations as JSON ('' = none), then the tags, then words to be found by
--- Event task:created
--- Reply {ok, granted, ring, more, grants, now} | {existing, granted, fields, id} | {conflict} | {keyGone} | {taken, granted, fields, id} | {exists} | {parentEnded} |
---       {afterNotFound, which}
--- @include clock event tally slots lanes grant arrive facet once links unique
local id, now, type, user, priority = ARGV[1], clock(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
if KEYS[2] then
  local first = first_task(KEYS[2], now, ARGV[13])
  if first then return first end
end
if redis.call('EXISTS', KEYS[1]) == 1 then return { @code.exists } end
local relations = ARGV[16] ~= '' and cjson.decode(ARGV[16]) or {}
local refused = refused_relatives(relations)
if refused then return refused end
local taken = relations.unique and unique_holder(relations, now)
if taken then return taken end
if KEYS[2] then use(KEYS[2], id, now, ARGV[13]) end

local number = redis.call('INCR', @key.sequence)
local bit = tostring(number % 4096)
local segment = tostring((number - bit) / 4096)
local runAt = ARGV[10]
local delayed = runAt ~= '' and tonumber(runAt) > tonumber(now)
local blocked = relations.after ~= nil
local granted = not delayed and not blocked and at_once(type, user, '(' .. now, @key.lane .. 'high', @key.lane .. 'normal', @key.lane .. 'low')
local lapses = span(now, @opt.grantMs)
local place = (granted and 'G' .. lapses) or (blocked and 'B') or (delayed and 'D') or 'L'
redis.call('HSET', KEYS[1], 'type', type, 'user', user, 'priority', priority, 'segment', segment, 'bit', bit, 'status', 'pending',
  'version', '1', 'run', '0', 'retry', '0', 'place', place, 'due', delayed and runAt or now, 'payload', ARGV[6],
  'source', ARGV[7], 'options', ARGV[8], 'created', now)
if runAt ~= '' then redis.call('HSET', KEYS[1], 'runAt', runAt) end

local suffix = ':' .. segment
redis.call('SETRANGE', @key.ids .. segment, tostring(bit * 16), ARGV[12])
redis.call('SETBIT', @key.byStatus .. 'pending' .. suffix, bit, '1')
redis.call('SETBIT', @key.byType .. type .. suffix, bit, '1')
redis.call('SETBIT', @key.byPriority .. priority .. suffix, bit, '1')
mark(@key.users .. segment, user, bit)
if bit == '0' or number == 1 then redis.call('ZADD', @key.segments, segment, segment) end
if ARGV[14] == '1' then redis.call('SADD', @key.types, type) end
local tags = tonumber(ARGV[15])
if tags > 0 then redis.call('HSET', KEYS[1], 'tags', ARGV[9]) end
for i = 17, 16 + tags do mark(@key.tags .. segment, ARGV[i], bit) end
for i = 17 + tags, #ARGV do redis.call('ZADD', @key.words .. segment, '0', ARGV[i] .. ':' .. bit) end

tally(now, 'c')
local ring = emit(id, user, 'task:created', '1', now, ARGV[11])
if relations.unique then take_unique(relations, KEYS[1], id, now) end
if relations.parent then
  redis.call('HSET', KEYS[1], 'parent', relations.parent)
  mark(@key.tags .. segment, @opt.listOf .. relations.parent, bit)
  link(id, relations.parent, 'c')
end
if blocked then
  local settle = 0
  redis.call('HSET', KEYS[1], 'after', cjson.encode(relations.after))
  for _, predecessor in ipairs(relations.after.tasks) do settle = math.max(settle, link(predecessor, id, 'a')) end
  return { @code.ok, 0, ring + settle, 0, {}, now }
end
if granted then
  hold(@key.granted, id, type, user, lapses)
elseif delayed then
  redis.call('ZADD', @key.delayed, runAt, id)
else
  local t = { [@f.type] = type, [@f.user] = user, [@f.priority] = priority, [@f.segment] = segment, [@f.bit] = bit }
  local own, more, grants = arrive(id, t, now)
  return { @code.ok, own, ring, more, grants, now }
end
return { @code.ok, granted and 1 or 0, ring, 0, {}, now }
