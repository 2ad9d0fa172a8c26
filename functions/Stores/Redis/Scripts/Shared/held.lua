--- held: the task's fields when this is the token of its running attempt, else nil. The end of a slice has spent its token.
local function held(task, fence)
  local t = redis.call('HMGET', task, @fields.brief)
  if t[@f.status] == 'running' and t[@f.fence] == fence and not t[@f.slice] then return t end
end
