--- log: adds a line to a task's log. Beyond its first and its last half a cap's worth, lines are dropped and counted.
local function log(id, lines, first)
  local head, tail = @key.logs .. id, @key.lastLogs .. id
  local room = @opt.logHalf - redis.call('LLEN', head)
  for i = first, #lines do
    if room > 0 then
      room = room - 1
      redis.call('RPUSH', head, lines[i])
    else
      local length = redis.call('RPUSH', tail, lines[i])
      if length > @opt.logHalf then
        redis.call('LPOP', tail)
        redis.call('HINCRBY', @key.task .. id, 'dropped', '1')
      end
    end
  end
end
