--- sweep_ring: whether events have waited, and nobody drained, for a grant's time: their ring was lost. And whether nobody was told of an end.
--- KEYS  1 outbox, 2 pump, 3 settling
--- ARGV  1 now
--- Reply 1 = ring, 2 more = call settle.lua
--- @include clock
local first = redis.call('LINDEX', KEYS[1], '0')
local settle = redis.call('EXISTS', KEYS[3]) * 2
if not first then return settle end
local at = string.match(first, '^%x+ %d+ %S+ (%d+)')
local seen = redis.call('HGET', KEYS[2], 'seen') or '0'
return math.max(tonumber(at), tonumber(seen)) <= clock(ARGV[1]) - @opt.grantMs and settle + 1 or settle
