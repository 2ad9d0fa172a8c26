--- close: what every end has in common: slot and place given up, status, count, event, and the slot's next holder.
--- The reply's tail: ring (2 more where others wait for this end: call settle.lua), more, grants.
local function close(id, t, to, version, now, what, name, data)
  leave(id, t, now)
  move_status(t, t[@f.status], to)
  tally(now, what)
  local ring = emit(id, t[@f.user], name, version, now, data)
  if t[@f.told] and to ~= 'pending' then
    redis.call('RPUSH', @key.settling, id)
    ring = ring + 2
  end
  local grants, more = grant(now)
  return ring, more, grants
end

--- ended: in line for the purge. A manual retry leaves the entry behind; the purge looks twice.
local function ended(id, now)
  redis.call('RPUSH', @key.ended, now .. ' ' .. id)
end
