--[[
  Ends a lease whose holder could not mint, unless a later lease was given.

  KEYS[1]  the lease
  KEYS[2]  the last fence
  ARGV[1]  the lease's fence

  Returns 1 where the lease ended now, 0 where it had ended or a later one was given.
]]
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
