--- list_schedules: schedules after an id, in the order of their ids.
--- KEYS  1 the ids of all, or of a user
--- ARGV  1 after which id, 2 how many
--- Reply [version, JSON, ...]
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], '(' .. ARGV[1], '+', 'LIMIT', 0, ARGV[2])) do
  local schedule = redis.call('HMGET', @key.schedule .. id, 'version', 'data')
  found[#found + 1] = schedule[1]
  found[#found + 1] = schedule[2]
end
return found
