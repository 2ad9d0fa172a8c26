--- continue: the slice is over, the attempt goes on. The slot is kept for a grant's time, the token is spent.
--- KEYS  1 task
--- ARGV  1 id, 2 fence, 3 now, 4 checkpoint ('' = leave the last)
--- Events none
--- Reply {ok} | {leaseLost}
--- @include clock slots held
local id, now = ARGV[1], clock(ARGV[3])
local t = held(KEYS[1], ARGV[2])
if not t then return { @code.leaseLost } end

redis.call('HSET', KEYS[1], 'slice', '1')
redis.call('HDEL', KEYS[1], 'recoveries')
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'checkpoint', ARGV[4]) end
-- A lease that has ended is not brought back here: its slot may be another's by now, and the next start looks for one.
local lease = t[@f.place] == 'R' and redis.call('ZSCORE', @key.running, id)
if lease and tonumber(lease) > tonumber(now) then hold(@key.running, id, t[@f.type], t[@f.user], span(now, @opt.grantMs)) end
return { @code.ok }
