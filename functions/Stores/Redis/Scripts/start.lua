--- start: pending -> running, for a task whose granted slot is alive: the common case. restart.lua knows all others.
--- KEYS  1 task
--- ARGV  1 id, 2 now, 3 run, 4 worker, 5 epoch, 6-7 event data around the attempt, 8 chance
--- Event task:started
--- Reply {ok, ring, fields} | {restart}
--- @include clock event index tally slots fence
local id, now = ARGV[1], clock(ARGV[2])
local t = redis.call('HMGET', KEYS[1], @fields.all)
local lapses = t[@f.status] == 'pending' and string.match(t[@f.place], '^G(%d+)')
if not lapses or tonumber(lapses) <= tonumber(now) or t[@f.run] ~= ARGV[3] then return { @code.restart } end

local attempt = tostring((t[@f.attempt] or 0) + 1)
local version = tostring(t[@f.version] + 1)
local fence = next_fence(t[@f.fence], now, ARGV[8])
redis.call('HSET', KEYS[1], 'status', 'running', 'version', version, 'attempt', attempt, 'fence', fence, 'place', 'R',
  'startedAt', now, 'worker', ARGV[4], 'epoch', ARGV[5], 'waiting', '1')
t[@f.status], t[@f.version], t[@f.attempt], t[@f.fence], t[@f.startedAt], t[@f.worker] = 'running', version, attempt, fence, now, ARGV[4]
redis.call('ZREM', @key.granted, id)
hold(@key.running, id, t[@f.type], t[@f.user], span(now, @opt.leaseMs))
move_status(t, 'pending', 'running')
tally(now, 'w' .. bucket(now - t[@f.due]))
return { @code.ok, emit(id, t[@f.user], 'task:started', version, now, ARGV[6] .. attempt .. ARGV[7]), t }
