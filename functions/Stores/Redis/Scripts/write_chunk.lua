--- write_chunk: a chunk of the file that a task makes.
--- KEYS  1 task, 2 file
--- ARGV  1 fence, 2 index, 3 bytes
--- Events none
--- Reply {ok} | {leaseLost}
--- @include held
if not held(KEYS[1], ARGV[1]) then return { @code.leaseLost } end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return { @code.ok }
