--- read_lines: those of a user's log lines that are asked for by id.
--- KEYS  1 the user's lines
--- ARGV  ids
--- Reply entries
local found = {}
for i = 1, #ARGV do found[#found + 1] = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1] end
return found
