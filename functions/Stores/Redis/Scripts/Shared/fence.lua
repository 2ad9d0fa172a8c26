--- next_fence: the token of a start, above the last. A candidate is made of the time and chance: a replica that took over without the
--- last start counts on from an older token, and must not hand out the one that the lost start did.
local function next_fence(last, candidate)
  if not last or tonumber(candidate) > tonumber(last) then return candidate end
  return string.format('%.0f', last + 1)
end
