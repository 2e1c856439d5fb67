--[[
  Adds revocations to the log and tells replicas that it has grown.

  What was added is seen by every probe that is sent after this script has answered. Adding one twice does no harm.

  KEYS[1]  the log, a stream
  ARGV[1]  the channel of the hint
  ARGV[2]  how many entries the log keeps, about
  ARGV[3…] the revocations, one word each

  Returns the id of the newest entry.
]]
local last
for index = 3, #ARGV do
  last = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'r', ARGV[index])
end
redis.call('PUBLISH', ARGV[1], '')
return last
