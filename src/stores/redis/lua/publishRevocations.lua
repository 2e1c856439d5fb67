#!lua flags=allow-oom
--[[
  Adds revocations and audit events to the log, and tells replicas that the log has grown.

  Every probe sent after this script's answer sees them. Adding anything twice does no harm. A Redis without free
  memory takes them too, as the first line says: the log has a bounded length.

  KEYS[1]  the log, a stream
  ARGV[1]  the channel of the hint
  ARGV[2]  roughly how many entries the log keeps
  ARGV[3…] for each entry: a revocation's word, and an audit event's place; either may be ''

  Returns the id of the newest entry.
]]
local last
for index = 3, #ARGV, 2 do
  last = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'r', ARGV[index], 'a', ARGV[index + 1])
end
redis.call('PUBLISH', ARGV[1], '')
return last
