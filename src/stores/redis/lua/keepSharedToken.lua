--[[
  Keeps the shared token minted under a lease and ends the lease, unless a later lease was given: a holder that paused
  beyond its lease overwrites nothing.

  KEYS[1]  the shared token, a hash of fence, expiry and value
  KEYS[2]  the lease
  KEYS[3]  the last fence
  ARGV[1]  the lease's fence
  ARGV[2]  when the token expires, in epoch milliseconds
  ARGV[3]  how long Redis keeps the token, in milliseconds
  ARGV[4]  the token, encrypted

  Returns 1 where the token was kept, else 0.
]]
if redis.call('GET', KEYS[3]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'expiresAt', ARGV[2], 'value', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[2])
return 1
