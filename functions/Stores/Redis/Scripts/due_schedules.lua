--- due_schedules: those that are due, longest due first.
--- KEYS  1 schedules by when to look at them
--- ARGV  1 now, 2 how many
--- Reply [now, when the next will be due ('' = never), version, JSON, ...]
--- @include clock
local now = clock(ARGV[1])
local next_ = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
local found = { now, next_[2] or '' }
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local schedule = redis.call('HMGET', @key.schedule .. id, 'version', 'data')
  found[#found + 1] = schedule[1]
  found[#found + 1] = schedule[2]
end
return found
