--[[
  Gives out a connection's bearer, or the lease to mint its next one.

  At most one caller has the lease at any moment. Fences only grow, so that of two holders the later one is known. They
  are instants in microseconds, so that where Redis has lost the last one the next is another all the same; for as long as
  clocks are below 2^53 microseconds, the year 2255, every number here is exact.

  KEYS[1]  the bearer, a hash of fence and value
  KEYS[2]  the lease
  KEYS[3]  the last fence
  ARGV[1]  the fence of the bearer that the caller has found wanting, or ''
  ARGV[2]  how long the lease lasts, in milliseconds
  ARGV[3]  how long the last fence is remembered, in milliseconds

  Returns { 'kept', fence, expiry, value } or { 'leased', fence } or { 'held', milliseconds that are left }.
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
-- A number as Lua would write it is one in fourteen digits.
local digits = string.format('%.0f', fence)
redis.call('SET', KEYS[3], digits, 'PX', ARGV[3])
redis.call('SET', KEYS[2], digits, 'PX', ARGV[2])
return { 'leased', fence }
