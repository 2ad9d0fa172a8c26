--- append_lines: log lines of a user. An entry's id begins with the time it was stored, and grows even if a clock goes back.
--- KEYS  1 the user's lines, 2 users scored by the time of their oldest line
--- ARGV  1 user, 2 now, then at, level, service, message of each
--- Reply ids
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', '1')[1]
local stored = ARGV[2]
if newest then
  local last = string.match(newest[1], '^%d+')
  if tonumber(last) > tonumber(stored) then stored = last end
else
  redis.call('ZADD', KEYS[2], stored, ARGV[1])
end
local ids = {}
for i = 3, #ARGV, 4 do
  ids[#ids + 1] = redis.call('XADD', KEYS[1], stored .. '-*', 'at', ARGV[i], 'level', ARGV[i + 1], 'service', ARGV[i + 2], 'message', ARGV[i + 3])
end
return ids
