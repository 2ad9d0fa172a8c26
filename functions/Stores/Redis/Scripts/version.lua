--- version: moves with every change that lists and counts show. Nearly all have an event, and events are counted anyway: by the outbox'
--- position. Its last entry, or when it was drained, tells apart what two masters counted alike.
--- KEYS  1 outbox, 2 pump
--- ARGV  none
--- Reply {events, last event, drained, changes without an event, signs of life}
local pump = redis.call('HMGET', KEYS[2], 'base', 'seen', 'changes', 'beats')
local last = redis.call('LINDEX', KEYS[1], '-1')
return { string.format('%.0f', (pump[1] or 0) + redis.call('LLEN', KEYS[1])), last and string.match(last, '^[^\n]*') or '', last and '' or pump[2] or '', pump[3] or '', pump[4] or '' }
