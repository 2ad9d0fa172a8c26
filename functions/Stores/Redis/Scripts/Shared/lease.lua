--- renew: keeps the lease of a held task. One that has ended is taken up again while a slot is free for it.
--- False: it is lost, or somebody has begun to take it over.
local function renew(id, t, now)
  local after = '(' .. now
  local place = t[@f.place]
  if place ~= 'R' and place ~= 'X' then return false end
  local lease = place == 'R' and redis.call('ZSCORE', @key.running, id)
  if not (lease and tonumber(lease) > tonumber(now)) then
    if free_slots(after) <= 0 or blocker(t[@f.type], t[@f.user], after) then return false end
    if place == 'X' then
      redis.call('ZREM', @key.lost, id)
      redis.call('HSET', @key.task .. id, 'place', 'R')
    end
  end
  hold(@key.running, id, t[@f.type], t[@f.user], span(now, @opt.leaseMs))
  return true
end
