--- take_request: takes one of a user's requests, if it does not come too early. The key holds the time up to which requests have been taken
--- in advance, and is gone when that has passed.
--- KEYS  1 the user's rate
--- ARGV  1 now, 2 requests per window, 3 the window in milliseconds
--- Reply 1 | 0 where it came too early, then how many more may come, how long until the next may and until all may, in milliseconds
--- @include clock
local now, limit, window = tonumber(clock(ARGV[1])), tonumber(ARGV[2]), tonumber(ARGV[3])
local share = window / limit
local stored = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local taken = stored + share
local wait = taken - window - now
if wait > 0 then return { 0, 0, math.ceil(wait), math.ceil(stored - now) } end
redis.call('SET', KEYS[1], string.format('%.3f', taken), 'PX', math.ceil(taken - now) + window)
local remaining = math.floor((now + window - taken) / share)
return { 1, remaining, remaining > 0 and 0 or math.ceil(taken + share - window - now), math.ceil(taken - now) }
