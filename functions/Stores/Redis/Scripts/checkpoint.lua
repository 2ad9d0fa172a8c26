--- checkpoint: where to go on after a crash or in the next slice.
--- KEYS  1 task
--- ARGV  1 fence, 2 checkpoint
--- Events none
--- Reply {ok} | {leaseLost}
--- @include held
if not held(KEYS[1], ARGV[1]) then return { @code.leaseLost } end
redis.call('HSET', KEYS[1], 'checkpoint', ARGV[2])
return { @code.ok }
