--- clock: milliseconds since 1970 by the server's clock, read where the change is made; a test's time, where one is given.
local function clock(given)
  if given ~= '' then return given end
  local time = redis.call('TIME')
  return time[1] .. string.format('%03d', math.floor(time[2] / 1000))
end

--- span: a time that far from another.
local function span(now, milliseconds)
  return tostring(now + milliseconds)
end
