--[[
  Gives out a connection's shared token, or the lease to mint its next one.

  At most one caller has the lease at any moment. Fences only grow, so the later of two holders is known. A fence is an
  instant in microseconds, so a Redis that lost the last fence still gives a new one. Clocks stay below 2^53
  microseconds until the year 2255; until then every number here is exact.

  KEYS[1]  the shared token, a hash of fence, expiry and value
  KEYS[2]  the lease
  KEYS[3]  the last fence
  ARGV[1]  the fence of the token that the caller found wanting, or ''
  ARGV[2]  how long the lease lasts, in milliseconds
  ARGV[3]  how long Redis remembers the last fence, in milliseconds

  Returns { 'kept', fence, expiry, value } or { 'leased', fence } or { 'held', milliseconds left }.
]]
local kept = redis.call('HMGET', KEYS[1], 'fence', 'expiresAt', 'value')
if kept[1] and kept[1] ~= ARGV[1] then
  return { 'kept', kept[1], kept[2], kept[3] }
end
local left = redis.call('PTTL', KEYS[2])
if left > 0 then
  return { 'held', left }
end
local last = tonumber(redis.call('GET', KEYS[3]) or '0')
local time = redis.call('TIME')
local fence = math.max(last + 1, time[1] * 1000000 + time[2])
-- Lua itself writes numbers in fourteen digits.
local digits = string.format('%.0f', fence)
redis.call('SET', KEYS[3], digits, 'PX', ARGV[3])
redis.call('SET', KEYS[2], digits, 'PX', ARGV[2])
return { 'leased', fence }
