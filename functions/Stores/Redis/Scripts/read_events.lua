--- read_events: a task's events after a version. The list's last entry has the task's version, and each before it one less.
--- KEYS  1 task, 2 its events
--- ARGV  1 after which version, 2 how many
--- Reply entries
local version = redis.call('HGET', KEYS[1], 'version')
if not version or tonumber(ARGV[1]) >= tonumber(version) then return {} end
local first = math.max(0, redis.call('LLEN', KEYS[2]) - (version - ARGV[1]))
return redis.call('LRANGE', KEYS[2], tostring(first), tostring(first + ARGV[2] - 1))
