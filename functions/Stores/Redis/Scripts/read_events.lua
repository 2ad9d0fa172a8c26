--- read_events: a task's events after a version. The list's last entry has the task's version, and each before it one less; of those
--- before its first, the steps are left that are no progress.
--- KEYS  1 task, 2 its events, 3 its steps
--- ARGV  1 after which version, 2 how many
--- Reply entries
local version = redis.call('HGET', KEYS[1], 'version')
local after, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
if not version or after >= tonumber(version) then return {} end
local kept, entries = redis.call('LLEN', KEYS[2]), {}
if after < version - kept then
  for _, entry in ipairs(redis.call('LRANGE', KEYS[3], '0', '-1')) do
    if #entries == limit then return entries end
    if tonumber(string.match(entry, '^%S+ (%d+)')) > after then entries[#entries + 1] = entry end
  end
end
local first = math.max(0, kept - (version - after))
if #entries == limit then return entries end
for _, entry in ipairs(redis.call('LRANGE', KEYS[2], tostring(first), tostring(first + limit - #entries - 1))) do entries[#entries + 1] = entry end
return entries
