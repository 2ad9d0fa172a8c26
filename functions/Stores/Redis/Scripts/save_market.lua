--- save_market: writes rows; those that are there already only where that is asked for.
--- KEYS  1 rows by code, 2 codes
--- ARGV  1 '1' = also those that are there, then code and row of each
--- Reply how many were written
local written = 0
for i = 2, #ARGV, 2 do
  if ARGV[1] == '1' or redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    redis.call('ZADD', KEYS[2], '0', ARGV[i])
    written = written + 1
  end
end
return written
