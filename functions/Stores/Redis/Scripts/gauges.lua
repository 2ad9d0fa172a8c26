--- gauges: how full the queue is, for the history of this minute.
--- KEYS  1 minutes
--- ARGV  1 now, 2-4 waiting in each lane, 5 running, 6 age of the oldest
--- Events none
--- Reply nothing
--- @include clock tally changed
local minute = minute_of(clock(ARGV[1]))
redis.call('HSET', @key.minute .. minute, 'g0', ARGV[2], 'g1', ARGV[3], 'g2', ARGV[4], 'gr', ARGV[5], 'go', ARGV[6])
redis.call('ZADD', KEYS[1], minute, minute)
changed('beats')
