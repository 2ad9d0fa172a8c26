--- grant: goes on giving free slots away where a transition stopped, so that none takes long.
--- KEYS  1 the lanes' counters
--- ARGV  1 now
--- Events none
--- Reply {ok, more, grants}
--- @include clock slots lanes grant
local grants, more = grant(clock(ARGV[1]))
return { @code.ok, more, grants }
