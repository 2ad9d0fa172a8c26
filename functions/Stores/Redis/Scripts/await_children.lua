--- await_children: the slice is over, and the next follows when all children have ended, or one has failed. Until then the task has no
--- slot. Where there is nothing to wait for, it keeps it, as after continue.lua. One that somebody asked to stop is cancelled instead.
--- KEYS  1 task
--- ARGV  1 id, 2 fence, 3 now, 4 how many children it has made, 5 '1' = to the first failure, 6 event data when cancelled
--- Event task:progress | task:cancelled
--- Reply {ok, version, ring, more, grants} | {ok, version, ring, more, grants, 1} (cancelled) | {leaseLost}
--- @include clock event index tally slots lanes grant leave held close links cancelling
local id, now, total = ARGV[1], clock(ARGV[3]), tonumber(ARGV[4])
local t = held(KEYS[1], ARGV[2])
if not t then return { @code.leaseLost } end

local version = tostring(t[@f.version] + 1)
if t[@f.stop] then
  local ring, more, grants = cancel_now(id, t, now, ARGV[6])
  return { @code.ok, version, ring, more, grants, 1 }
end

local open = redis.call('SCARD', @key.waits .. id)
redis.call('HSET', KEYS[1], 'slice', '1')
redis.call('HDEL', KEYS[1], 'recoveries')
local ring = progressed(id, t[@f.user], version, now, math.max(0, total - open), total)
if open == 0 or (ARGV[5] == '1' and redis.call('HEXISTS', KEYS[1], 'childFailed') == 1) then
  local lease = t[@f.place] == 'R' and redis.call('ZSCORE', @key.running, id)
  if lease and tonumber(lease) > tonumber(now) then hold(@key.running, id, t[@f.type], t[@f.user], span(now, @opt.grantMs)) end
  return { @code.ok, version, ring, 0, {} }
end
leave(id, t, now)
redis.call('HSET', KEYS[1], 'place', ARGV[5] == '1' and 'F' or 'B')
local grants, more = grant(now)
return { @code.ok, version, ring, more, grants }
