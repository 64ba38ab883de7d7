import type { ScriptSource } from '../platform/redis/script.ts'

/** Lua's `unpack` fails beyond about 8,000 values, so long argument lists go in pieces of a thousand. */
const eachThousand = `
local function each_thousand(list, call)
  for from = 1, #list, 1000 do
    call(unpack(list, from, math.min(from + 999, #list)))
  end
end
`

/**
 * Appends one chunk, once. Ids are 16 bytes each, in the order of the lines; 16 zero bytes stand for a row
 * whose id the program made, which can't come again and is not remembered. Ids are looked up in the sets of
 * today and yesterday and remembered in today's: at least 24 hours, at most 48. The server's clock counts, so
 * that processes can't disagree about the day. Everything is read and decided before the first write: a
 * refusal changes nothing, and Redis refuses a script for lack of memory before its first write too.
 *
 * KEYS: log, waiting, seen. ARGV: tenant, lines (each ending in a newline), rows, ids, bytes of the whole
 * request that are still to come (this chunk included), most bytes that may wait. Returns the indexes of the
 * duplicates, or -1 when full.
 */
export const appendScript: ScriptSource = {
  name: 'ingestAppend',
  keys: 3,
  lua: `${eachThousand}
local tenant, lines, rows, ids = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local day = math.floor(tonumber(redis.call('TIME')[1]) / 86400)
local today = KEYS[3] .. ':' .. tenant .. ':' .. day
local yesterday = KEYS[3] .. ':' .. tenant .. ':' .. (day - 1)
local duplicates, dropped, new, met = {}, {}, {}, {}
local none = string.rep('\\0', 16)
for from = 0, #ids / 16 - 1, 1000 do
  local part = {}
  for at = from, math.min(from + 999, #ids / 16 - 1) do
    part[#part + 1] = string.sub(ids, at * 16 + 1, at * 16 + 16)
  end
  local a = redis.call('SMISMEMBER', today, unpack(part))
  local b = redis.call('SMISMEMBER', yesterday, unpack(part))
  for at, id in ipairs(part) do
    if id ~= none then
      if a[at] == 1 or b[at] == 1 or met[id] then
        duplicates[#duplicates + 1] = from + at - 1
        dropped[from + at] = true
      else
        met[id] = true
        new[#new + 1] = id
      end
    end
  end
end
local before = #lines
if #duplicates > 0 then
  local kept, row, from = {}, 0, 1
  while from <= #lines do
    local stop = string.find(lines, '\\n', from, true)
    row = row + 1
    if not dropped[row] then kept[#kept + 1] = string.sub(lines, from, stop) end
    from = stop + 1
  end
  lines = table.concat(kept)
  rows = rows - #duplicates
end
if rows == 0 then return duplicates end
local limit = tonumber(ARGV[6])
local waiting = tonumber(redis.call('HGET', KEYS[2], 'bytes') or '0')
-- A request that is larger than the whole log may still pass when the log is empty, or it never could.
local needed = math.min(tonumber(ARGV[5]) - (before - #lines), limit)
if waiting > 0 and waiting + needed > limit then return -1 end
redis.call('XADD', KEYS[1], '*', 'tenant', tenant, 'rows', rows, 'lines', lines)
redis.call('HINCRBY', KEYS[2], 'bytes', #lines)
redis.call('HINCRBY', KEYS[2], 'rows', rows)
if #new > 0 then
  each_thousand(new, function(...) redis.call('SADD', today, ...) end)
  redis.call('EXPIREAT', today, (day + 2) * 86400)
end
return duplicates
`,
}

/**
 * Holds an Idempotency-Key to what was first sent under it. Remembered for as long as ids at most are, counted
 * from the last time: whatever rows it named are forgotten by then.
 *
 * KEYS: the key's own. ARGV: digest. Returns 1, or 0 for another digest than the first.
 */
export const holdScript: ScriptSource = {
  name: 'ingestHold',
  keys: 1,
  lua: `
local first = redis.call('GET', KEYS[1])
if first and first ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', 172800)
return 1
`,
}

/**
 * Writes down a batch before it is inserted, if every entry is still this consumer's: a consumer that was
 * slow enough to be taken for dead must not insert what another has claimed, since that one cuts other
 * batches with other tokens.
 *
 * KEYS: log, manifests. ARGV: group, consumer, token, entry ids. Returns the ids that are not ours; empty
 * means written.
 */
export const beginScript: ScriptSource = {
  name: 'ingestBegin',
  keys: 2,
  lua: `
local foreign = {}
for id in string.gmatch(ARGV[4], '%S+') do
  local entry = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if not entry or entry[2] ~= ARGV[2] then foreign[#foreign + 1] = id end
end
if #foreign == 0 then redis.call('HSET', KEYS[2], ARGV[3], ARGV[2] .. '\\n' .. ARGV[4]) end
return foreign
`,
}

/**
 * Ends a batch that is stored: once, whoever comes first; a second time changes nothing and returns 0.
 *
 * KEYS: log, waiting, totals, manifests, dead. ARGV: group, token, entry ids, rows, bytes, then tenant, code,
 * line of each dead row. Dead letters are not trimmed: they were accepted, and accepted means kept until
 * someone looks.
 */
export const settleScript: ScriptSource = {
  name: 'ingestSettle',
  keys: 5,
  lua: `${eachThousand}
local log, waiting, totals, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[5]
if redis.call('HDEL', KEYS[4], ARGV[2]) == 0 then return 0 end
local ids = {}
for id in string.gmatch(ARGV[3], '%S+') do ids[#ids + 1] = id end
each_thousand(ids, function(...)
  redis.call('XACK', log, ARGV[1], ...)
  redis.call('XDEL', log, ...)
end)
local letters = (#ARGV - 5) / 3
redis.call('HINCRBY', totals, 'stored', tonumber(ARGV[4]) - letters)
if letters > 0 then redis.call('HINCRBY', totals, 'dead', letters) end
for at = 6, #ARGV, 3 do
  redis.call('XADD', dead, '*', 'tenant', ARGV[at], 'code', ARGV[at + 1], 'line', ARGV[at + 2])
end
if redis.call('XLEN', log) == 0 then
  redis.call('DEL', waiting)
else
  redis.call('HINCRBY', waiting, 'rows', -tonumber(ARGV[4]))
  redis.call('HINCRBY', waiting, 'bytes', -tonumber(ARGV[5]))
end
return 1
`,
}

/**
 * Takes over everything of a consumer that gives no sign of life: its manifests exactly as written, then its
 * entries. One script, so one survivor gets all of it. Returns how many entries came over.
 *
 * KEYS: log, manifests, alive. ARGV: group, this consumer, the other, `gone` if the other's process is known
 * to have ended.
 */
export const claimScript: ScriptSource = {
  name: 'ingestClaim',
  keys: 3,
  lua: `
local log, group, me, other = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
if ARGV[4] ~= 'gone' and redis.call('EXISTS', KEYS[3] .. ':' .. other) == 1 then return 0 end
local all = redis.call('HGETALL', KEYS[2])
for at = 1, #all, 2 do
  local owner, ids = string.match(all[at + 1], '^([^\\n]*)\\n(.*)$')
  if owner == other then redis.call('HSET', KEYS[2], all[at], me .. '\\n' .. ids) end
end
local claimed = 0
while true do
  local pending = redis.call('XPENDING', log, group, '-', '+', 1000, other)
  if #pending == 0 then break end
  local ids = {}
  for at, entry in ipairs(pending) do ids[at] = entry[1] end
  -- An entry that is gone from the log leaves the pending list here, so the loop ends.
  local call = {'XCLAIM', log, group, me, 0}
  for _, id in ipairs(ids) do call[#call + 1] = id end
  call[#call + 1] = 'JUSTID'
  claimed = claimed + #redis.call(unpack(call))
end
redis.call('XGROUP', 'DELCONSUMER', log, group, other)
return claimed
`,
}
