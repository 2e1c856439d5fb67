--[[
  Counts calls of several subjects against their quotas: the decision of domain/limits/call-log.ts, by this server's
  clock alone. Each subject is one key, decided on its own; in a Cluster a script has one key. A refusal writes nothing.

  A key is one string, so a decision reads and writes in place:
    header    14 doubles: sequence (calls ever), tail (how many of them have left the minute), the tail's instant, the
              last call's instant; then what changes seldom: offset, base, epoch, capacity, width, the last call's
              minute, the sequences at which that minute, the kept minutes and the last midnight (UTC) began to count,
              the oldest minute that holds calls
    instants  `capacity` doubles: the instant of each call, at its sequence modulo the capacity
    minutes   for a limit per day: 1441 counts, at the minute modulo 1441, of `width` bytes each: 2, or 4 where 2 cannot
              hold a limit. The header gives the count of the last call's minute.
  Instants are microseconds since the epoch.

  A server that lost its data, or a replica that lagged, knows fewer calls than callers have seen. So each caller says
  what it saw last, its claim, and the script counts missing calls as made at the claim's instant. The epoch tells one
  creation of the key from the next, the base is the number claimed from before that creation, and a claim's number is
  sequence plus offset.

  KEYS  the subjects' logs
  ARGV  one string of doubles, least significant byte first: a tenth of the words, and none to turn into a number.
        For each subject: calls a minute; calls a day, 0 for no limit, negative for a day from midnight to midnight; the
        claim's epoch (0: none) and number; then either a cost and the number of calls at it, or -1 and: calls made
        without asking, the claim's instant, its calls in the minute and in the day, the number of pairs, and pairs of a
        cost and the number of calls at it. A cost of 0 only asks.

  Returns a string of doubles, too: now, and for each subject one of
    1, number, the minute's remaining calls, µs until more come free, the same two of the day: all calls are admitted
    2: the claim says more than this server knows; ask again with the whole claim
    3, epoch, number, instant of the last call, the same four as for 1, the number of pairs, and for each pair: how many
       calls are admitted, and the instants at which a refused call comes free by the minute and by the day, 0 where
       that window would not refuse it
]]
local MINUTE, DAY, KEPT, HEADER, FORMAT = 60000000, 86400000000, 1441, 112, '<dddddddddddddd'

local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local questions, at = ARGV[1], 1
local answers = { struct.pack('<d', clock) }
local decideSlowly

for index = 1, #KEYS do
  local key = KEYS[index]
  local perMinute, perDay, claimedEpoch, claimedNumber, cost, wanted
  perMinute, perDay, claimedEpoch, claimedNumber, cost, wanted, at = struct.unpack('<dddddd', questions, at)
  local text = redis.call('GETRANGE', key, 0, HEADER - 1)
  local isDone = false

  -- The fast path, for nearly all calls: in the minute of the last call, within both limits.
  if cost > 0 and text ~= '' then
    local sequence, tail, tailAt, last, offset, base, epoch, capacity, width, minute, minuteFrom, daysFrom, todayFrom,
      oldest = struct.unpack(FORMAT, text)
    -- Where there is a limit for the day, a caller without a claim learns the epoch on the slow path.
    if ((claimedEpoch == epoch and claimedNumber <= sequence + offset) or (claimedEpoch == 0 and perDay == 0))
      and clock >= last and math.floor(clock / MINUTE) == minute
      and capacity >= perMinute and (width == 4 or math.abs(perDay) <= 60000) then
      local left = clock - MINUTE
      if tail < sequence and tailAt <= left then
        -- Calls have left the minute since the last call: mostly one or two.
        local from = tail % capacity
        local some = redis.call('GETRANGE', key, HEADER + 8 * from, HEADER + 8 * math.min(capacity, from + 16) - 1)
        for place = 1, math.min(#some, 8 * (sequence - tail)), 8 do
          tailAt = struct.unpack('<d', some, place)
          if tailAt > left then break end
          tail = tail + 1
        end
      end
      local total = cost * wanted
      local freeToday = perDay
      if perDay > 0 then
        freeToday = perDay - sequence + daysFrom
      elseif perDay < 0 then
        freeToday = -perDay - sequence + todayFrom
      end
      if (tail == sequence or tailAt > left) and sequence - tail + total <= perMinute
        and (perDay == 0 or total <= freeToday) then
        if tail == sequence then tailAt = clock end
        local from = sequence % capacity
        if total == 1 then
          redis.call('SETRANGE', key, HEADER + 8 * from, struct.pack('<d', clock))
        else
          local run = math.min(total, capacity - from)
          redis.call('SETRANGE', key, HEADER + 8 * from, string.rep(struct.pack('<d', clock), run))
          if run < total then
            redis.call('SETRANGE', key, HEADER, string.rep(struct.pack('<d', clock), total - run))
          end
        end
        sequence = sequence + total
        redis.call('SETRANGE', key, 0, struct.pack('<dddd', sequence, tail, tailAt, clock))
        answers[index + 1] = struct.pack('<dddddd', 1, sequence + offset, perMinute - sequence + tail,
          tailAt + MINUTE - clock, perDay == 0 and 0 or freeToday - total,
          perDay > 0 and (oldest + KEPT) * MINUTE - clock or (math.floor(clock / DAY) + 1) * DAY - clock)
        isDone = true
      end
    end
  end

  if not isDone then
    decideSlowly = decideSlowly or function(key, perMinute, perDay, isCalendar, request)
      local lifetime = ((perDay > 0 and DAY or MINUTE) + 2 * MINUTE) / 1000
      local widthWanted = math.max(perMinute, perDay) > 60000 and 4 or 2
      local sequence, tail, tailAt, last, offset, base, epoch, capacity, width, minute, minuteFrom, daysFrom, todayFrom,
        oldest
      local text, counts, countFormat, countsAt
      -- Calls added at the instant `last` since `read`.
      local added = 0

      local function read()
        -- Reads a short log with the header; `newest` reads a long log's instants one by one.
        text, counts, added = redis.call('GETRANGE', key, 0, HEADER + 8 * math.min(perMinute, 1000) - 1), nil, 0
        if text ~= '' then
          sequence, tail, tailAt, last, offset, base, epoch, capacity, width, minute, minuteFrom, daysFrom, todayFrom,
            oldest = struct.unpack(FORMAT, text)
          countFormat = width == 2 and '<H' or '<I4'
          countsAt = HEADER + 8 * capacity
        end
      end

      local function header()
        return struct.pack(FORMAT, sequence, tail, tailAt, last, offset, base, epoch, capacity, width, minute, minuteFrom,
          daysFrom, todayFrom, oldest)
      end

      -- The instant of the nth newest call; 0 where there were fewer.
      local function newest(nth)
        if nth <= added then return last end
        if nth > sequence then return 0 end
        local place = HEADER + 8 * ((sequence - nth) % capacity)
        if place + 8 <= #text then return (struct.unpack('<d', text, place + 1)) end
        return (struct.unpack('<d', redis.call('GETRANGE', key, place, place + 7)))
      end

      -- The calls of one kept minute; the first look reads all kept minutes.
      local function countOf(which)
        if which == minute then return sequence - minuteFrom end
        counts = counts or redis.call('GETRANGE', key, countsAt, countsAt + width * KEPT - 1)
        return (struct.unpack(countFormat, counts, width * (which % KEPT) + 1))
      end

      -- The newest instants in order, laid round a ring of `room` places.
      local function instantsFor(room)
        local kept = math.min(capacity, sequence)
        if kept == 0 then return string.rep('\0', 8 * room) end
        local from = (sequence - kept) % capacity
        local row = redis.call('GETRANGE', key, HEADER + 8 * from, HEADER + 8 * math.min(capacity, from + kept) - 1)
        if from + kept > capacity then
          row = row .. redis.call('GETRANGE', key, HEADER, HEADER + 8 * (from + kept - capacity) - 1)
        end
        local start = (sequence - kept) % room
        local head = math.min(kept, room - start)
        local empty = string.rep('\0', 8 * (room - kept))
        if head < kept then return string.sub(row, 8 * head + 1) .. empty .. string.sub(row, 1, 8 * head) end
        return string.sub(empty, 1, 8 * start) .. row .. string.sub(empty, 8 * start + 1)
      end

      local function minutesFor(format)
        if perDay == 0 then return '' end
        local minutes = {}
        for place = 1, KEPT do minutes[place] = struct.pack(format, 0) end
        for which = math.max(oldest, minute - KEPT + 1), minute - 1 do
          minutes[which % KEPT + 1] = struct.pack(format, countOf(which))
        end
        return table.concat(minutes)
      end

      -- Writes the key whole, for the limits asked for: growing a string in place would make Redis double its size.
      local function write()
        local room, wide = math.max(capacity, perMinute), math.max(width, widthWanted)
        local instants, minutes = instantsFor(room), minutesFor(wide == 2 and '<H' or '<I4')
        capacity, width = room, wide
        redis.call('SET', key, header() .. instants .. minutes, 'PX', lifetime)
        read()
      end

      local function create(instant)
        sequence, tail, tailAt, offset, base, epoch, capacity, width = 0, 0, 0, 0, 0, clock, 0, 0
        minuteFrom, daysFrom, todayFrom = 0, 0, 0
        minute = math.floor(instant / MINUTE)
        oldest, last = minute, instant
        write()
      end

      -- The calls in the minutes after `gone`, and the first minute of these with calls; `oldest` has calls, if any.
      local function heldAfter(gone)
        local held, first = sequence - daysFrom, oldest
        if first > gone then return held, first end
        while held > 0 do
          local count = countOf(first)
          if first > gone and count > 0 then break end
          held, first = held - count, first + 1
        end
        return held, first
      end

      -- Zeroes the minutes after the last call's up to `current`, and stores the last minute's count in its place.
      local function roll(current)
        if perDay > 0 then
          local held, first = heldAfter(current - KEPT)
          local passed = math.min(current - minute, KEPT)
          if passed < KEPT then
            -- Claims may add more calls at once than a place can hold; the excess leaves the window early.
            local inMinute = sequence - minuteFrom
            local said = math.min(inMinute, width == 2 and 65535 or 4294967295)
            if first <= minute then held = held - inMinute + said end
            redis.call('SETRANGE', key, countsAt + width * (minute % KEPT), struct.pack(countFormat, said))
          end
          daysFrom, oldest = sequence - held, held > 0 and first or current
          local start = (current - passed + 1) % KEPT
          local run = math.min(passed, KEPT - start)
          redis.call('SETRANGE', key, countsAt + width * start, string.rep('\0', width * run))
          if run < passed then redis.call('SETRANGE', key, countsAt, string.rep('\0', width * (passed - run))) end
        end
        minute, minuteFrom, counts = current, sequence, nil
        redis.call('PEXPIRE', key, lifetime)
      end

      -- Notes `cost` calls, `inDay` of them for the day, at an instant not before the last call's. The minute before
      -- that instant holds `used` calls.
      local function add(cost, inDay, instant, used)
        if text == '' then
          create(instant)
        elseif capacity < perMinute or width < widthWanted then
          write()
        end
        tailAt = used > 0 and newest(used) or instant
        tail = sequence - used
        local stamps = math.min(cost, capacity)
        local from = (sequence + cost - stamps) % capacity
        local run = math.min(stamps, capacity - from)
        local stamp = struct.pack('<d', instant)
        redis.call('SETRANGE', key, HEADER + 8 * from, string.rep(stamp, run))
        if run < stamps then redis.call('SETRANGE', key, HEADER, string.rep(stamp, stamps - run)) end
        local current = math.floor(instant / MINUTE)
        if current ~= minute then roll(current) end
        if math.floor(instant / DAY) ~= math.floor(last / DAY) then todayFrom = sequence end
        sequence, last, added = sequence + cost, instant, cost
        minuteFrom, daysFrom, todayFrom = minuteFrom + cost - inDay, daysFrom + cost - inDay, todayFrom + cost - inDay
        if sequence - tail > capacity then
          tail = sequence - capacity
          tailAt = newest(capacity)
        end
        redis.call('SETRANGE', key, 0, header())
      end

      -- How many calls came after an instant: the log is in order, so halving finds it.
      local function countAfter(instant)
        if text == '' then return 0 end
        local known, beyond = 0, math.min(sequence, capacity) + 1
        while beyond - known > 1 do
          local middle = math.floor((known + beyond) / 2)
          if newest(middle) > instant then known = middle else beyond = middle end
        end
        return known
      end

      read()
      local known = text == '' and 0 or request.epoch == epoch and sequence + offset or base
      if request.epoch > 0 and request.number > known then
        if not request.isWhole then return nil end
        local missing = request.number - known
        local isOther = text == '' or request.epoch ~= epoch
        local cost = math.min(missing, request.inMinute)
        if text == '' then create(request.at) end
        local instant = math.max(request.at, last)
        local used = countAfter(instant - MINUTE)
        offset = offset + missing - cost
        if isOther then base = request.number end
        add(cost, math.min(missing, request.inDay), instant, used)
        read()
      end
      if request.owed > 0 then
        local instant = text == '' and clock or math.max(clock, last)
        add(request.owed, request.owed, instant, countAfter(instant - MINUTE))
        read()
      end

      -- A clock set back must not let calls leave a window early or enter the log out of order.
      local exists = text ~= ''
      local now = exists and math.max(clock, last) or clock
      local today, current = math.floor(now / DAY), math.floor(now / MINUTE)
      local used = countAfter(now - MINUTE)
      local usedToday, first = 0, current
      if exists and perDay > 0 then
        if not isCalendar then
          usedToday, first = heldAfter(current - KEPT)
        elseif today == math.floor(last / DAY) then
          usedToday = sequence - todayFrom
        end
      end

      local free, freeToday, total = perMinute - used, perDay > 0 and perDay - usedToday or math.huge, 0
      local admitted = {}
      for pair, each in ipairs(request.pairs) do
        local cost, wanted = each[1], each[2]
        local fitting = cost == 0 and wanted or math.min(wanted, math.floor(math.max(0, math.min(free, freeToday)) / cost))
        admitted[pair] = fitting
        free, freeToday, total = free - cost * fitting, freeToday - cost * fitting, total + cost * fitting
      end
      if total > 0 then
        add(total, total, now, used)
        exists = true
      end

      local function freeByMinute(lacking)
        return newest(used + total - lacking + 1) + MINUTE
      end

      local function freeByDay(lacking)
        if isCalendar then return (today + 1) * DAY end
        if lacking == 1 then return ((usedToday > 0 and first or current) + KEPT) * MINUTE end
        local freed, which = 0, first
        while true do
          freed = freed + countOf(which)
          if freed >= lacking then return (which + KEPT) * MINUTE end
          which = which + 1
        end
      end

      local parts = { struct.pack('<ddddddddd', 3, epoch or 0, exists and sequence + offset or 0, last or 0,
        math.max(0, free), used + total > 0 and freeByMinute(1) - clock or 0,
        perDay > 0 and math.max(0, freeToday) or 0, perDay > 0 and usedToday + total > 0 and freeByDay(1) - clock or 0,
        #request.pairs) }
      for pair, each in ipairs(request.pairs) do
        local lacking, lackingToday = each[1] - free, each[1] - freeToday
        local isRefused = admitted[pair] < each[2]
        parts[pair + 1] = struct.pack('<ddd', admitted[pair], isRefused and lacking > 0 and freeByMinute(lacking) or 0,
          isRefused and lackingToday > 0 and freeByDay(lackingToday) or 0)
      end
      return table.concat(parts)
    end

    local request = { epoch = claimedEpoch, number = claimedNumber, owed = 0, isWhole = claimedEpoch == 0, pairs = {} }
    if cost >= 0 then
      request.pairs[1] = { cost, wanted }
    else
      local pairsCount
      request.isWhole, request.owed = true, wanted
      request.at, request.inMinute, request.inDay, pairsCount, at = struct.unpack('<dddd', questions, at)
      for pair = 1, pairsCount do
        local each, calls
        each, calls, at = struct.unpack('<dd', questions, at)
        request.pairs[pair] = { each, calls }
      end
    end
    answers[index + 1] = decideSlowly(key, perMinute, math.abs(perDay), perDay < 0, request) or struct.pack('<d', 2)
  end
end
return table.concat(answers)
