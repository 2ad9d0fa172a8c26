--- purge_lines: deletes log lines stored before a time, whoever's.
--- KEYS  1 users scored by the time of their oldest line
--- ARGV  1 before when, 2 how many at most
--- Reply how many
local gone, left = 0, tonumber(ARGV[2])
for _, user in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'LIMIT', '0', ARGV[2])) do
  local lines = @key.lines .. user
  for _, entry in ipairs(redis.call('XRANGE', lines, '-', '(' .. ARGV[1] .. '-0', 'COUNT', tostring(left))) do
    gone, left = gone + redis.call('XDEL', lines, entry[1]), left - 1
  end
  local oldest = redis.call('XRANGE', lines, '-', '+', 'COUNT', '1')[1]
  if oldest then
    redis.call('ZADD', KEYS[1], string.match(oldest[1], '^%d+'), user)
  else
    redis.call('DEL', lines)
    redis.call('ZREM', KEYS[1], user)
  end
  if left == 0 then break end
end
return gone
