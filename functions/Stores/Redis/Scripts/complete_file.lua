--- complete_file: the file is whole.
--- KEYS  1 the file
--- ARGV  1 how many bytes it must have, 2 their SHA-256
--- Reply 1 | 0 where it has others, or is not there
if redis.call('HGET', KEYS[1], 'size') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'length', ARGV[1], 'sha256', ARGV[2])
return 1
