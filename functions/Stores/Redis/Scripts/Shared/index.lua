--- move_status: the task's bit goes from one status' bitmap to another's.
local function move_status(t, from, to)
  local segment, bit = ':' .. t[@f.segment], t[@f.bit]
  redis.call('SETBIT', @key.byStatus .. from .. segment, bit, '0')
  redis.call('SETBIT', @key.byStatus .. to .. segment, bit, '1')
end
