--- restart: any start that is not the common one: its time is to come, a slot that lapsed or never was, the next slice, a dead
--- worker's task.
--- KEYS  1 task
--- ARGV  1-8 as start.lua, 9 error of too many lost workers, 10 its event data
--- Event task:started | task:failed | none (slice)
--- Reply {ok, ring, fields, more, grants} | {gone, ring, fields, more, grants} | {later, when} | {waiting, 0, nil, more, grants}
--- @include clock event index tally slots lanes grant leave arrive held close fence changed
local id, now, task = ARGV[1], clock(ARGV[2]), KEYS[1]
local after = '(' .. now
local t = redis.call('HMGET', task, @fields.all)
local status = t[@f.status]
if not status then return { @code.gone } end
if t[@f.run] ~= ARGV[3] or (status ~= 'pending' and status ~= 'running') then return { @code.gone, 0, t } end

local place, lapses = string.match(t[@f.place], '^(%a)(.*)')
if place == 'R' then lapses = redis.call('ZSCORE', @key.running, id) end
local alive_slot = (place == 'R' or place == 'G') and tonumber(lapses) > tonumber(now)
local runs = status == 'running' and not t[@f.slice]
local reborn = t[@f.worker] == ARGV[4] and t[@f.epoch] ~= ARGV[5]
if runs and place == 'R' and alive_slot and not reborn then return { @code.later, lapses } end
if place == 'D' and tonumber(t[@f.due]) > tonumber(now) then return { @code.later, t[@f.due] } end

if runs and (t[@f.recoveries] or 0) + 0 >= @opt.maxRecoveries then
  local version = tostring(t[@f.version] + 1)
  redis.call('HSET', task, 'status', 'failed', 'version', version, 'place', 'E', 'completedAt', now, 'error', ARGV[9])
  redis.call('HDEL', task, 'checkpoint', 'stop', 'recoveries')
  ended(id, now)
  local ring, more, grants = close(id, t, 'failed', version, now, 'f' .. bucket(now - t[@f.startedAt]), 'task:failed', ARGV[10])
  return { @code.gone, ring, redis.call('HMGET', task, @fields.all), more, grants }
end

if place == 'B' or place == 'F' then
  redis.call('HSET', task, 'waiting', '1')
  return { @code.waiting }
end

local more, grants = 0, {}
if not alive_slot and (place == 'L' or place == 'P') then
  redis.call('HSET', task, 'waiting', '1')
  return { @code.waiting }
end
-- One whose slot has lapsed takes another without standing in line again; one whose time has come has its turn in its lane.
if not alive_slot and (place == 'D' or free_slots(after) <= 0 or blocker(t[@f.type], t[@f.user], after)) then
  redis.call('HSET', task, 'waiting', '1')
  withdraw(id, t)
  local granted
  granted, more, grants = arrive(id, t, now)
  changed('beats')
  if granted == 0 then return { @code.waiting, 0, false, more, grants } end
  t[@f.place] = 'G'
end

withdraw(id, t)
hold(@key.running, id, t[@f.type], t[@f.user], span(now, @opt.leaseMs))
redis.call('HSET', task, 'fence', next_fence(t[@f.fence], now, ARGV[8]), 'place', 'R', 'worker', ARGV[4], 'epoch', ARGV[5], 'waiting', '1')
local ring = 0
if t[@f.slice] then
  redis.call('HDEL', task, 'slice')
else
  local attempt, version = tostring((t[@f.attempt] or 0) + 1), tostring(t[@f.version] + 1)
  redis.call('HSET', task, 'status', 'running', 'version', version, 'attempt', attempt, 'startedAt', now)
  if runs then
    redis.call('HINCRBY', task, 'recoveries', '1')
  else
    move_status(t, 'pending', 'running')
    tally(now, 'w' .. bucket(now - t[@f.due]))
  end
  ring = emit(id, t[@f.user], 'task:started', version, now, ARGV[6] .. attempt .. ARGV[7])
end
return { @code.ok, ring, redis.call('HMGET', task, @fields.all), more, grants }
