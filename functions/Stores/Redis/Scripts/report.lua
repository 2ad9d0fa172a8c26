--- report: progress and log lines of a running task; renews its lease too.
--- KEYS  1 task
--- ARGV  1 id, 2 fence, 3 now, 4 progress = event data ('' = none), then log lines
--- Event task:progress
--- Reply {ok, cancel asked, ring} | {leaseLost}
--- @include clock event slots held lease log
local id, now = ARGV[1], clock(ARGV[3])
local t = held(KEYS[1], ARGV[2])
if not t or not renew(id, t, now) then return { @code.leaseLost } end

local ring = 0
if ARGV[4] ~= '' then
  local version = tostring(t[@f.version] + 1)
  redis.call('HSET', KEYS[1], 'progress', ARGV[4], 'version', version)
  ring = emit(id, t[@f.user], 'task:progress', version, now, ARGV[4])
end
log(id, ARGV, 5)
return { @code.ok, t[@f.stop] and 1 or 0, ring }
