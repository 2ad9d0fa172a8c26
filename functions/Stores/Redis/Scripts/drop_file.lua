--- drop_file: deletes some of a file's pieces, from its end; the file itself with the last of them.
--- KEYS  1 the file, 2 its pieces, 3 where they stand
--- ARGV  1 id, 2 owner ('' = anybody's), 3 how many pieces
--- Reply 0 = nothing is left | 1 = call again | 2 = there is none, or it is another's
local owner = redis.call('HGET', KEYS[1], 'owner')
if not owner or (ARGV[2] ~= '' and ARGV[2] ~= owner) then return 2 end
local places = redis.call('ZRANGE', KEYS[3], -tonumber(ARGV[3]), -1)
for _, place in ipairs(places) do redis.call('HDEL', KEYS[2], place) end
if #places > 0 then
  redis.call('ZREMRANGEBYRANK', KEYS[3], -tonumber(ARGV[3]), -1)
  redis.call('HDEL', KEYS[1], 'sha256')
  redis.call('HSET', KEYS[1], 'size', places[1])
end
if redis.call('EXISTS', KEYS[3]) == 1 then return 1 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', @key.filesOf .. owner, ARGV[1])
redis.call('ZREM', @key.filesByExpiry, ARGV[1])
return 0
