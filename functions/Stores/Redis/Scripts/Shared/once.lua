--- What an idempotency key was used for is kept as 'what until hash': what is the id of the task, or 'lines', and behind the hash the
--- ids of these, as ranges.

--- used: what the key was used for, whether by the same request, and what is behind; nil when it is free.
local function used(key, now, hash)
  local what, until_, was, rest = string.match(redis.call('GET', key) or '', '^(%w+) (%d+) (%S*)(.*)$')
  if what and tonumber(until_) > tonumber(now) then return what, was == hash, rest end
end

--- use: for a day. It is there an hour longer, for a test whose clock is not the server's.
local function use(key, what, now, hash)
  redis.call('SET', key, what .. ' ' .. now + @opt.keyMs .. ' ' .. hash, 'PX', tostring(@opt.keyMs + 3600000))
end

--- first_task: the answer to a request under a key that was used before; nil when it is free.
local function first_task(key, now, hash)
  local id, same = used(key, now, hash)
  if not id then return nil end
  if id == 'lines' or not same then return { @code.conflict } end
  local t = redis.call('HMGET', @key.task .. id, @fields.all)
  if not t[@f.status] then return { @code.keyGone } end
  local lapses = string.match(t[@f.place], '^G(%d+)')
  return { @code.existing, lapses and tonumber(lapses) > tonumber(now) and 1 or 0, t, id }
end
