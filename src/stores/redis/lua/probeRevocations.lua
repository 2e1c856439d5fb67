--[[
  Reads the log's entries behind a cursor, and the facts that show whether any may be missing.

  The answer holds every revocation added before the caller sent the probe, provided that server and epoch are the known
  ones and that as many entries stand behind the cursor as were added: the caller compares. A replica refuses a probe as
  it refuses a write: its primary may have more.

  KEYS[1]  the log, a stream
  KEYS[2]  the log's epoch
  ARGV[1]  the cursor: the id of the last entry that the caller has seen
  ARGV[2]  the epoch to set where there is none, or '' to leave it

  Returns { the server's run id and replication id, the epoch or '', the newest entry's id, how many entries were ever
            added, the revocations' words of the entries behind the cursor, oldest first, and the audit events' places }.
]]
local info = redis.call('INFO', 'server', 'replication')
if string.match(info, 'role:(%l+)') ~= 'master' then
  return redis.error_reply('READONLY A replica cannot tell what its primary was told.')
end
-- A server that was a replica for a while may have lost entries; its replication id is a new one then.
local server = string.match(info, 'run_id:(%x+)') .. '/' .. string.match(info, 'master_replid:(%x+)')
local epoch = redis.call('GET', KEYS[2]) or ''
-- A Redis without free memory refuses a SET, even one that would change nothing.
if epoch == '' and ARGV[2] ~= '' then
  redis.call('SET', KEYS[2], ARGV[2])
  epoch = ARGV[2]
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { server, epoch, '0-0', 0, {}, {} }
end
local newest, added
local facts = redis.call('XINFO', 'STREAM', KEYS[1])
for index = 1, #facts, 2 do
  if facts[index] == 'last-generated-id' then newest = facts[index + 1] end
  if facts[index] == 'entries-added' then added = facts[index + 1] end
end
local words, places = {}, {}
for index, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+')) do
  words[index] = entry[2][2]
  -- An earlier version writes no places.
  places[index] = entry[2][4] or ''
end
return { server, epoch, newest, added, words, places }
