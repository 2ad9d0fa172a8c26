--- at_once: whether a task may take a slot right now: one is free and nobody waits in the lanes named.
local function at_once(type, user, after, ...)
  return redis.call('EXISTS', ...) == 0 and free_slots(after) > 0 and not blocker(type, user, after)
end

--- arrive: a task that may run joins its lane, and free slots are given away. Returns 1 when it got one itself, else 0, then
--- more and the others' grants.
local function arrive(id, t, now)
  join(id, t, '(' .. now)
  local granted, grants, more = 0, grant(now)
  for i = 1, #grants, 3 do
    if grants[i] == id then
      granted = 1
      for _ = 1, 3 do table.remove(grants, i) end
      break
    end
  end
  return granted, more, grants
end
