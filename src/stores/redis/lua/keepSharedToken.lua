--[[
  Keeps the bearer that was minted under a lease and ends the lease, unless a later lease was given: a holder that was
  paused beyond its lease overwrites nothing.

  KEYS[1]  the bearer, a hash of fence, expiry and value
  KEYS[2]  the lease
  KEYS[3]  the last fence
  ARGV[1]  the lease's fence
  ARGV[2]  when the bearer expires, in epoch milliseconds
  ARGV[3]  for how long it is kept, in milliseconds
  ARGV[4]  the bearer, encrypted

  Returns 1 where it is kept, 0 where not.
]]
if redis.call('GET', KEYS[3]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'expiresAt', ARGV[2], 'value', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[2])
return 1
