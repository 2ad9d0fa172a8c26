local function minute_of(now)
  return tostring(math.floor(now / 60000))
end

--- tally: one more of something in this minute. The first of its kind makes the minute known to the history.
local function tally(now, what)
  local minute = minute_of(now)
  if redis.call('HINCRBY', @key.minute .. minute, what, '1') == 1 then
    redis.call('ZADD', @key.minutes, minute, minute)
  end
end

--- bucket: n for durations of 2^n up to 2^(n+1) milliseconds.
local function bucket(ms)
  if ms < 2 then return '0' end
  local _, exponent = math.frexp(ms)
  return tostring(exponent - 1)
end
