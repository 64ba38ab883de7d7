import type { ChainableCommander } from 'ioredis'
import type { RedisStore } from '../redis/client.ts'
import { beginning, type Cursor } from './cursor.ts'

/**
 * Opens a tail where none is: its first entry carries no event, and its id is a place that can be proven.
 * Without it a reader that joined before the first event would stand on nothing, and a Redis that came back
 * empty would look the same.
 */
const openLua = `
local function newest_of(tail)
  local last = redis.call('XREVRANGE', tail, '+', '-', 'COUNT', 1)
  return last[1] and last[1][1] or redis.call('XADD', tail, '*', 'opened', '')
end`

/** Entries that are looked at together, of which those beyond the bytes of a page are for nothing. */
const STEP = 20

/** KEYS: tail. ARGV: how long to keep it from now on (s), 0 for ever. The newest cursor. */
const newestLua = `${openLua}
local newest = newest_of(KEYS[1])
if ARGV[1] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return newest`

/**
 * KEYS: tail, mark of the whole. ARGV: channel, how many to keep, how long to remember the whole (s), payloads.
 * Appends them, once, to a tail that is there. Where they are more than it keeps, it is emptied instead, and a
 * message that follows on nothing makes the readers look.
 */
const publishManyLua = (publish: string): string => `${openLua}
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('EXISTS', KEYS[2]) == 1 then return end
local prev = newest_of(KEYS[1])
if #ARGV - 3 > tonumber(ARGV[2]) then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
  redis.call('${publish}', ARGV[1], redis.call('XADD', KEYS[1], '*', 'skipped', '') .. ' - ')
else
  for i = 4, #ARGV do
    local cursor = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'p', ARGV[i])
    redis.call('${publish}', ARGV[1], cursor .. ' ' .. prev .. ' ' .. ARGV[i])
    prev = cursor
  end
end
redis.call('SET', KEYS[2], '', 'EX', ARGV[3])`

/**
 * KEYS: tail, mark of the event's id. ARGV: channel, payload, how many to keep, how long to remember the id
 * (s), '1' to do nothing where no tail is. The mark is written last: a script is not rolled back, and a mark without an event would swallow the
 * retry.
 */
const publishLua = (publish: string): string => `${openLua}
if ARGV[5] == '1' and redis.call('EXISTS', KEYS[1]) == 0 then return '' end
local known = redis.call('GET', KEYS[2])
if known then return known end
local prev = newest_of(KEYS[1])
local cursor = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'p', ARGV[2])
redis.call('SET', KEYS[2], cursor, 'EX', ARGV[4])
redis.call('${publish}', ARGV[1], cursor .. ' ' .. prev .. ' ' .. ARGV[2])
return cursor`

/**
 * KEYS: tail. ARGV: cursor, how many, how many bytes of them, how long to keep it from now on (s), 0 for ever, and
 * the channel where the cursor is one that the caller was given here. Whether everything after the cursor is
 * provably there, the next entries (one at least, and the last may go beyond the bytes), and whether there are more.
 * Proven: the cursor's own entry stands, or, from the beginning, nothing was ever trimmed. Ids are times, so an entry
 * of a Redis that lost its data has another id than any that it had before.
 *
 * Where an entry before the cursor stands, its own was not trimmed: Redis has lost it, and perhaps more of its newest.
 * The caller alone knows. So that the older entries prove nothing to others, it empties the tail, and a message that
 * follows on nothing makes all readers look. A cursor that a client brings may be made up, and empties nothing.
 */
const readLua = (publish: string): string => `${openLua}
local newest = newest_of(KEYS[1])
if ARGV[4] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[4]) end
local length, added = 0, 0
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'length' then length = info[i + 1] end
  if info[i] == 'entries-added' then added = info[i + 1] end
end
local proven = length == added
if ARGV[1] ~= '${beginning}' then proven = #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 1 end
if not proven then
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  local lost = #redis.call('XRANGE', KEYS[1], '-', ARGV[1], 'COUNT', 1) == 1
  if lost and ARGV[5] ~= '' then
    redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
    newest = redis.call('XADD', KEYS[1], '*', 'lost', '')
    redis.call('${publish}', ARGV[5], newest .. ' - ')
  end
  return {0, newest, (lost or first[2][1] == 'lost' or added == length) and 0 or 1}
end
local entries, left, from, more = {}, tonumber(ARGV[3]), ARGV[1], 1
while #entries < tonumber(ARGV[2]) and left > 0 and more == 1 do
  local asked = math.min(${STEP}, ARGV[2] - #entries)
  local some = redis.call('XRANGE', KEYS[1], '(' .. from, '+', 'COUNT', asked)
  for i = 1, #some do
    if left > 0 then
      entries[#entries + 1] = some[i]
      from = some[i][1]
      left = left - #some[i][2][2]
    end
  end
  if left > 0 and #some < asked then more = 0 end
end
return {1, newest, entries, more}`

/**
 * How long a repeated publication is recognized, in seconds: longer than an outbox relay may be down over a
 * weekend.
 */
const rememberSeconds = 7 * 86_400

/** The same once the outbox has let go of it: longer than a command may be under way on a line that broke. */
const rememberSettledSeconds = 3_600

/**
 * The same of facts, of which a batch a tenth of a second may come: longer than a writer's death is unnoticed.
 */
const rememberFactsSeconds = 600

/** In place of how many to keep: even none are more. */
const LEFT_OUT = -1

export type Entry = { readonly cursor: Cursor; readonly text: string }

export type Page =
  | {
      readonly proven: true
      readonly newest: Cursor
      readonly entries: readonly Entry[]
      readonly more: boolean
    }
  | { readonly proven: false; readonly newest: Cursor; readonly trimmed: boolean }

export type PageOptions = {
  readonly count: number
  /** Of the events' JSON, together; the last may go beyond it. */
  readonly bytes: number
  /** How long to keep the tail from now on; for ever unless told. */
  readonly seconds?: number | undefined
  /** This process was given the cursor here, so that it can't be wrong: what is lost is told to all. */
  readonly given?: boolean
}

type Reply =
  | readonly [1, Cursor, readonly (readonly [Cursor, readonly string[]])[], 0 | 1]
  | readonly [0, Cursor, 0 | 1]

/**
 * The tail of topics in Redis: appending with a wake-up, and reading with a proof that nothing is missing.
 */
export const createTopicLog = (redis: RedisStore) => {
  const publish = redis.script({ name: 'bus_publish', keys: 2, lua: publishLua(redis.publishes) })
  const publishMany = redis.script({
    name: 'bus_publish_many',
    keys: 2,
    lua: publishManyLua(redis.publishes),
  })
  const newest = redis.script({ name: 'bus_newest', keys: 1, lua: newestLua })
  const read = redis.script({ name: 'bus_read', keys: 1, lua: readLua(redis.publishes) })
  const tail = (unit: string): string => redis.key(unit, 'tail')
  const { channel } = redis
  const call = (unit: string, id: string, text: string, keep: number, onlyOpen: 0 | 1 = 0) =>
    [
      [tail(unit), redis.key(unit, 'id', id)],
      [channel(unit), text, keep, rememberSeconds, onlyOpen],
    ] as const

  return {
    channel,
    /**
     * Appends once per id and wakes the readers, atomically; its reply is the event's cursor, also when it was
     * there already.
     */
    appendIn: (pipeline: ChainableCommander, unit: string, id: string, text: string, keep: number): void =>
      publish.add(pipeline, ...call(unit, id, text, keep)),
    /** The same for a tail that is there; nothing happens where there is none. */
    appendOpenIn: (
      pipeline: ChainableCommander,
      unit: string,
      id: string,
      text: string,
      keep: number,
    ): void => publish.add(pipeline, ...call(unit, id, text, keep, 1)),
    /** Remembers the id of what was appended for an hour more. */
    settleIn: (pipeline: ChainableCommander, unit: string, id: string): void =>
      void pipeline.expire(redis.key(unit, 'id', id), rememberSettledSeconds),
    /**
     * Appends facts once per id to a tail that is there, and does nothing where there is none. Without texts, or
     * with more than it keeps, the readers look.
     */
    appendManyIn: (
      pipeline: ChainableCommander,
      unit: string,
      id: string,
      texts: readonly string[] | undefined,
      keep: number,
    ): void =>
      publishMany.add(
        pipeline,
        [tail(unit), redis.key(unit, 'id', id)],
        [channel(unit), texts ? keep : LEFT_OUT, rememberFactsSeconds, ...(texts ?? [])],
      ),
    /** Which of the tails are there. */
    open: async (units: readonly string[]): Promise<readonly boolean[]> => {
      const pipeline = redis.commands.pipeline()
      for (const unit of units) pipeline.exists(tail(unit))
      return (await redis.exec(pipeline)).map((found) => found === 1)
    },
    /** The newest cursor. Opens the tail, so that there is one; for so many seconds, or for ever. */
    newest: async (unit: string, seconds = 0): Promise<Cursor> =>
      (await newest.run([tail(unit)], [seconds])) as Cursor,
    /**
     * The next entries after a cursor, and whether none between it and them can be missing. Opens the tail as
     * `newest` does.
     */
    readAfter: async (
      unit: string,
      after: Cursor,
      { count, bytes, seconds = 0, given = false }: PageOptions,
    ): Promise<Page> => {
      const told = given ? channel(unit) : ''
      const reply = (await read.run([tail(unit)], [after, count, bytes, seconds, told])) as Reply
      if (reply[0] === 0) return { proven: false, newest: reply[1], trimmed: reply[2] === 1 }
      const [, newest, rest, more] = reply
      const entries = rest
        .filter(([, [field]]) => field === 'p')
        .map(([cursor, [, text = '']]) => ({ cursor, text }))
      return { proven: true, newest, entries, more: more === 1 }
    },
  }
}

export type TopicLog = ReturnType<typeof createTopicLog>
