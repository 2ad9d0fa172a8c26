--- bitmaps: the segments that hold tasks, and of each facet asked for its bitmap in each of them.
--- KEYS  1 segments
--- ARGV  of each facet two: its key up to the segment, then '' where that is a bitmap's, or '=' and the value where it is a hash's
--- Reply {segments, bitmaps of the first facet, of the second, ...}
local segments = redis.call('ZRANGE', KEYS[1], '0', '-1')
local reply = { segments }
for i = 1, #ARGV, 2 do
  local bitmaps = {}
  if ARGV[i + 1] ~= '' then
    local value = string.sub(ARGV[i + 1], 2)
    for s = 1, #segments do bitmaps[s] = redis.call('HGET', ARGV[i] .. segments[s], value) end
  else
    for first = 1, #segments, 2000 do
      local names = {}
      for s = first, math.min(first + 1999, #segments) do names[#names + 1] = ARGV[i] .. segments[s] end
      for s, bitmap in ipairs(redis.call('MGET', unpack(names))) do bitmaps[first + s - 1] = bitmap end
    end
  end
  reply[#reply + 1] = bitmaps
end
return reply
