--- sweep_ring: whether events have waited, and nobody drained, for a grant's time: their ring was lost.
--- KEYS  1 outbox, 2 pump
--- ARGV  1 now
--- Reply 1 = ring
--- @include clock
local first = redis.call('LINDEX', KEYS[1], '0')
if not first then return 0 end
local at = string.match(first, '^%x+ %d+ %S+ (%d+)')
local seen = redis.call('HGET', KEYS[2], 'seen') or '0'
return math.max(tonumber(at), tonumber(seen)) <= clock(ARGV[1]) - @opt.grantMs and 1 or 0
