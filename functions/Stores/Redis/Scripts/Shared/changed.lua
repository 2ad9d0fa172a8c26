--- changed: what lists and counts say has changed, and no event tells; with 'beats', only the counts. By a step that nobody can guess, so
--- that a replica which took over without the latest changes does not come to the same number by others.
local function changed(what)
  redis.call('HINCRBY', @key.pump, what or 'changes', tostring(redis.call('TIME')[2] + 1))
end
