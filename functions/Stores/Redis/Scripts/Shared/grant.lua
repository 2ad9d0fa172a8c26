--- grant: gives free slots to those who wait, lane by lane. Returns a flat list of id, run, waiting (1 = its orchestration
--- waits for the word) and whether there was more to do than one call should: 1 = call grant.lua again.
--- A lane's count of grants that passed its head says when it is its turn whatever the lanes above hold.
local function grant(now)
  local grants = {}
  if redis.call('EXISTS', @key.lane .. 'high', @key.lane .. 'normal', @key.lane .. 'low') == 0 then return grants, 0 end
  local after, lapses = '(' .. now, tostring(now + @opt.grantMs)
  local free, steps, more = free_slots(after), 0, 0
  if free <= 0 then return grants, 0 end

  local function depth(lane) return redis.call('ZCARD', @key.lane .. lane) end
  local high, normal, low = depth('high'), depth('normal'), depth('low')
  local passed = redis.call('HMGET', @key.passed, 'normal', 'low')
  local by_normal, by_low = tonumber(passed[1] or 0), tonumber(passed[2] or 0)
  while free > 0 and high + normal + low > 0 do
    steps = steps + 1
    if steps > 50 then more = 1 break end
    if normal == 0 then by_normal = 0 end
    if low == 0 then by_low = 0 end
    local lane
    if by_normal >= @opt.normalWaits and normal > 0 then lane = 'normal'
    -- One grant early where both would be due at once, as the second would then see one grant too many.
    elseif low > 0 and (by_low >= @opt.lowWaits or (by_low == @opt.lowWaits - 1 and normal > 0 and by_normal == @opt.normalWaits - 1)) then lane = 'low'
    else lane = (high > 0 and 'high') or (normal > 0 and 'normal') or 'low' end

    local head = redis.call('ZPOPMIN', @key.lane .. lane)
    local id = head[1]
    local t = redis.call('HMGET', @key.task .. id, 'type', 'user', 'run', 'waiting')
    local by = blocker(t[1], t[2], after)
    if by then
      park(id, tonumber(head[2]), lane, by)
      admit_parked(t[1], t[2], after)
      high, normal, low = depth('high'), depth('normal'), depth('low')
    else
      hold(@key.granted, id, t[1], t[2], lapses)
      redis.call('HSET', @key.task .. id, 'place', 'G' .. lapses)
      grants[#grants + 1], grants[#grants + 2], grants[#grants + 3] = id, t[3], t[4]
      free = free - 1
      if lane == 'normal' then normal, by_normal = normal - 1, 0 else by_normal = by_normal + 1 end
      if lane == 'low' then low, by_low = low - 1, 0 else by_low = by_low + 1 end
      if lane == 'high' then high = high - 1 end
    end
  end
  redis.call('HSET', @key.passed, 'normal', tostring(by_normal), 'low', tostring(by_low))
  return grants, more
end
