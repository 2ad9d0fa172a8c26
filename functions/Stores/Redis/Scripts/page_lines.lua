--- page_lines: a user's log lines after an id.
--- KEYS  1 the user's lines
--- ARGV  1 after which id ('-' = from the first), 2 how many
--- Reply entries
local from = ARGV[1] == '-' and '-' or '(' .. ARGV[1]
return redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', ARGV[2])
