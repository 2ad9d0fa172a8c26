--- A facet with any number of values, users or tags, is a hash per segment: value to its tasks' bits, two bytes each. Where that
--- would be as long as a bitmap of the segment it is one, of 512 bytes. A key per value and segment would cost some hundred bytes.

--- bitmap: with a bit set or cleared.
local function with_bit(bitmap, bit, on)
  local at, mask = math.floor(bit / 8) + 1, 2 ^ (7 - bit % 8)
  local byte = string.byte(bitmap, at)
  local is = byte % (2 * mask) >= mask
  if is ~= on then byte = on and byte + mask or byte - mask end
  return string.sub(bitmap, 1, at - 1) .. string.char(byte) .. string.sub(bitmap, at + 1)
end

--- mark: the segment's task of this bit has the value.
local function mark(facet, value, bit)
  local bits = redis.call('HGET', facet, value) or ''
  if #bits == 510 then
    local bitmap = string.rep('\0', 512)
    for i = 1, 510, 2 do bitmap = with_bit(bitmap, string.byte(bits, i) * 256 + string.byte(bits, i + 1), true) end
    bits = bitmap
  end
  if #bits == 512 then bits = with_bit(bits, tonumber(bit), true)
  else bits = bits .. string.char(math.floor(bit / 256), bit % 256) end
  redis.call('HSET', facet, value, bits)
end

--- unmark: it has it no more. A value without tasks goes.
local function unmark(facet, value, bit)
  local bits = redis.call('HGET', facet, value)
  if not bits then return end
  if #bits == 512 then
    bits = with_bit(bits, tonumber(bit), false)
    if bits == string.rep('\0', 512) then bits = '' end
  else
    local sought = string.char(math.floor(bit / 256), bit % 256)
    for i = 1, #bits, 2 do
      if string.sub(bits, i, i + 1) == sought then
        bits = string.sub(bits, 1, i - 1) .. string.sub(bits, i + 2)
        break
      end
    end
  end
  if bits == '' then redis.call('HDEL', facet, value) else redis.call('HSET', facet, value, bits) end
end
