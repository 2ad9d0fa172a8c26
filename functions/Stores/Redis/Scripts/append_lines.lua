--- append_lines: log lines of a user. An entry's id begins with the time it was stored, and grows even if a clock goes back.
--- KEYS  1 the user's lines, 2 users scored by the time of their oldest line, 3 idempotency key (when there is one)
--- ARGV  1 user, 2 now, 3 request hash, 4 how many of the request's lines come before these, then at, level, service, message of each
--- Reply {ok, ids} | {conflict}
--- @include clock once
local now = clock(ARGV[2])
local ids, count, before, noted = {}, (#ARGV - 4) / 4, tonumber(ARGV[4]), false
if KEYS[3] then
  local what, same, ranges = used(KEYS[3], now, ARGV[3])
  if what and (what ~= 'lines' or not same) then return { @code.conflict } end
  if not what and before == 0 then use(KEYS[3], 'lines', now, ARGV[3]) end
  -- A key whose day ends in the middle of a request is free again, and not used by half of it.
  noted = what or before == 0
  local stored = 0
  for time, number, length in string.gmatch(ranges or '', '(%d+)-(%d+)%+(%d+)') do
    for i = math.max(0, before + #ids - stored), math.min(tonumber(length), before + count - stored) - 1 do
      ids[#ids + 1] = time .. '-' .. tostring(number + i)
    end
    stored = stored + length
  end
end
local first = #ids + 1
if first > count then return { @code.ok, ids } end

local stored = now
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', '1')[1]
if newest then
  local last = string.match(newest[1], '^%d+')
  if tonumber(last) > tonumber(stored) then stored = last end
else
  redis.call('ZADD', KEYS[2], stored, ARGV[1])
end
for i = 1 + 4 * first, #ARGV, 4 do
  ids[#ids + 1] = redis.call('XADD', KEYS[1], stored .. '-*', 'at', ARGV[i], 'level', ARGV[i + 1], 'service', ARGV[i + 2], 'message', ARGV[i + 3])
end
-- They follow each other.
if noted then redis.call('APPEND', KEYS[3], ' ' .. ids[first] .. '+' .. tostring(count - first + 1)) end
return { @code.ok, ids }
