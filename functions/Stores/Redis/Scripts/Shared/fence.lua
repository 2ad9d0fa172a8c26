--- next_fence: the token of a start, above the last. It is made of the seconds and 20 bits of chance, as Lua's numbers are exact
--- up to 53 bits: a replica that took over without the last start counts on from an older token, and must not hand out the one that
--- the lost start did.
local function next_fence(last, now, chance)
  local candidate = math.floor(now / 1000) * 1048576 + chance
  if not last or candidate > tonumber(last) then return string.format('%.0f', candidate) end
  return string.format('%.0f', last + 1)
end
