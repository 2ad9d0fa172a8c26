--- grant: goes on giving free slots away where a transition stopped, so that none takes long.
--- KEYS  1 the lanes' counters
--- ARGV  1 now
--- Events none
--- Reply {ok, more, grants}
--- @include clock slots lanes grant changed
local grants, more = grant(clock(ARGV[1]))
if #grants > 0 then changed('beats') end
return { @code.ok, more, grants }
