--- hours: what the history knows of hours: what has been added to them, and the minutes that have not.
--- KEYS  1 minutes, 2 hours
--- ARGV  1 the first hour since 1970
--- Reply {hour, its counts, hour, ...}, {minute, its counts, minute, ...}
local function all(known, first, prefix)
  local found = {}
  for _, one in ipairs(redis.call('ZRANGEBYSCORE', known, first, '+inf')) do
    found[#found + 1] = one
    found[#found + 1] = redis.call('HGETALL', prefix .. one)
  end
  return found
end
return { all(KEYS[2], ARGV[1], @key.hour), all(KEYS[1], tostring(ARGV[1] * 60), @key.minute) }
