import { createHash } from 'node:crypto'
import { trustTenantId, type TenantId } from '../platform/ids.ts'
import type { RedisStore } from '../platform/redis/client.ts'
import { replyCode } from '../platform/redis/errors.ts'
import { isGone } from './consumer-names.ts'
import { GROUP, type LogKeys } from './log-keys.ts'
import { beginScript, claimScript, settleScript } from './log-scripts.ts'
import type { DeadRow } from './store.ts'

/** One entry of the log. */
export type Entry = {
  readonly id: string
  readonly tenant: TenantId
  readonly rows: number
  readonly lines: Buffer
}

/** Entries that are inserted together, always the same ones under the same token. */
export type Batch = { readonly token: string; readonly entries: readonly Entry[] }

/**
 * Below the 10 MB from which ClickHouse parses in parallel: one insert stays one block, which the token
 * covers whole.
 */
export const MAX_BATCH_BYTES = 8 << 20
/**
 * A producer that sends row by row makes one entry a row; 2,000 keep a script over all of them at a few
 * milliseconds.
 */
export const MAX_BATCH_ENTRIES = 2_000
const READ_COUNT = 100

type Fields = readonly Buffer[] | null

export type Batches = {
  /** Makes the log and its group, so that a fresh or emptied Redis can be read. */
  createGroup(): Promise<void>
  /** Says that this consumer lives, for `ttlMs`. */
  beat(ttlMs: number): Promise<void>
  /** Takes that back, so that others take over at once. */
  leave(): Promise<void>
  /** Waits up to `blockMs` for entries, then takes what is there, up to about one batch. */
  read(blockMs: number): Promise<Entry[]>
  /** Ends such a wait: what has not come is left to others. */
  endWait(): Promise<void>
  /**
   * This consumer's entries after `after` that it read or claimed earlier, a hundred at most, oldest first.
   */
  pending(after: string): Promise<{ readonly entries: Entry[]; readonly last: string | undefined }>
  /** Batches of this consumer that were written down and not ended. */
  unfinished(): Promise<{ readonly batches: Batch[]; readonly ids: ReadonlySet<string> }>
  /** Writes down a batch of those entries that are still ours; undefined when none is. */
  begin(entries: readonly Entry[]): Promise<Batch | undefined>
  /** Acknowledges and removes a stored batch; `publish` adds to the same transaction, before that. */
  settle(batch: Batch, dead: readonly DeadRow[], publish: (pipeline: Pipeline) => void): Promise<void>
  /** Takes over what silent consumers left. Returns how many entries came over. */
  claimSilent(): Promise<number>
}

export type Pipeline = ReturnType<RedisStore['commands']['multi']>

export const createBatches = (deps: {
  readonly redis: RedisStore
  readonly keys: LogKeys
  readonly consumer: string
  /** Called with an entry that is none of ours: its id and what is wrong. It is removed from the log. */
  readonly onForeignEntry: (id: string, reason: string) => void
}): Batches => {
  const { redis, keys, consumer, onForeignEntry } = deps
  const begin = redis.script(beginScript)
  const settle = redis.script(settleScript)
  const claim = redis.script(claimScript)
  const aliveKey = `${keys.alive}:${consumer}`
  const reader = `ingest-${keys.log}-${consumer}`

  /** Entries that can be stored; others are removed, or every reader would meet them again for ever. */
  const decode = async (raw: readonly (readonly [Buffer, Fields])[]): Promise<Entry[]> => {
    const entries: Entry[] = []
    for (const [idBytes, fields] of raw) {
      const id = idBytes.toString()
      const entry = fields ? decodeEntry(id, fields) : 'its content is gone'
      if (typeof entry !== 'string') entries.push(entry)
      else {
        onForeignEntry(id, entry)
        await redis.exec(redis.commands.multi().xack(keys.log, GROUP, id).xdel(keys.log, id))
      }
    }
    return entries
  }

  const readGroup = async (from: Reader, more: readonly (string | number)[], after: string) => {
    const reply = (await redis.run(() =>
      from.callBuffer('XREADGROUP', 'GROUP', GROUP, consumer, ...more, 'STREAMS', keys.log, after),
    )) as [[Buffer, [Buffer, Fields][]]] | null
    return reply?.[0][1] ?? []
  }

  const ownManifests = async (): Promise<(readonly [token: string, ids: string[]])[]> => {
    const all = await redis.run((commands) => commands.hgetall(keys.manifests))
    return Object.entries(all).flatMap(([token, text]) => {
      const [owner, ids = ''] = text.split('\n')
      return owner === consumer ? [[token, ids.split(' ')] as const] : []
    })
  }

  const load = async (token: string, ids: readonly string[]): Promise<Batch> => {
    const pipeline = redis.commands.pipeline()
    for (const id of ids) pipeline.xrangeBuffer(keys.log, id, id)
    const found = (await redis.exec(pipeline)) as [Buffer, Fields][][]
    return { token, entries: await decode(found.flat()) }
  }

  return {
    createGroup: () =>
      redis.run(async (commands) => {
        try {
          await commands.xgroup('CREATE', keys.log, GROUP, '0', 'MKSTREAM')
        } catch (error) {
          if (replyCode(error) !== 'BUSYGROUP') throw error // it is there already
        }
      }),
    beat: async (ttlMs) => void (await redis.run((commands) => commands.set(aliveKey, '1', 'PX', ttlMs))),
    leave: async () => void (await redis.run((commands) => commands.del(aliveKey))),
    read: async (blockMs) => {
      const blocking = redis.blocking(reader)
      const entries: Entry[] = []
      let bytes = 0
      for (let full = true; full && bytes < MAX_BATCH_BYTES && entries.length < MAX_BATCH_ENTRIES;) {
        // Only the first read waits; a later one takes what has come meanwhile.
        const wait = entries.length === 0 ? ['BLOCK', blockMs] : []
        const raw = await readGroup(blocking, ['COUNT', READ_COUNT, ...wait], '>')
        full = raw.length === READ_COUNT
        const more = await decode(raw)
        bytes += more.reduce((sum, entry) => sum + entry.lines.length, 0)
        entries.push(...more)
      }
      return entries
    },
    endWait: () => redis.endWait(reader),
    pending: async (after) => {
      const raw = await readGroup(redis.commands, ['COUNT', READ_COUNT], after)
      return { entries: await decode(raw), last: raw.at(-1)?.[0].toString() }
    },
    unfinished: async () => {
      const manifests = await ownManifests()
      const batches: Batch[] = []
      for (const [token, ids] of manifests) batches.push(await load(token, ids))
      return { batches, ids: new Set(manifests.flatMap(([, ids]) => ids)) }
    },
    begin: async (entries) => {
      for (let ours = entries; ours.length > 0;) {
        const token = tokenOf(ours)
        const ids = ours.map((entry) => entry.id).join(' ')
        const foreign = new Set(
          (await begin.run([keys.log, keys.manifests], [GROUP, consumer, token, ids])) as string[],
        )
        if (foreign.size === 0) return { token, entries: ours }
        ours = ours.filter((entry) => !foreign.has(entry.id))
      }
      return undefined
    },
    settle: async ({ token, entries }, dead, publish) => {
      const pipeline = redis.commands.multi()
      publish(pipeline)
      const rows = entries.reduce((sum, entry) => sum + entry.rows, 0)
      const bytes = entries.reduce((sum, entry) => sum + entry.lines.length, 0)
      settle.add(
        pipeline,
        [keys.log, keys.waiting, keys.totals, keys.manifests, keys.dead],
        [
          GROUP,
          token,
          entries.map((entry) => entry.id).join(' '),
          rows,
          bytes,
          ...dead.flatMap((row) => [row.tenant, row.code, row.line]),
        ],
      )
      await redis.exec(pipeline)
    },
    claimSilent: async () => {
      const consumers = (await redis.run((commands) =>
        commands.xinfo('CONSUMERS', keys.log, GROUP),
      )) as string[][]
      let claimed = 0
      for (const [, name] of consumers) {
        if (name === undefined || name === consumer) continue
        claimed += Number(
          await claim.run(
            [keys.log, keys.manifests, keys.alive],
            [GROUP, consumer, name, isGone(name) ? 'gone' : ''],
          ),
        )
      }
      return claimed
    },
  }
}

type Reader = { callBuffer(command: string, ...args: readonly (string | number)[]): Promise<unknown> }

/** Cuts entries into what one insert takes. */
export function* cutBatches(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let from = 0
  let bytes = 0
  for (const [at, entry] of entries.entries()) {
    if (at > from && (bytes + entry.lines.length > MAX_BATCH_BYTES || at - from === MAX_BATCH_ENTRIES)) {
      yield entries.slice(from, at)
      from = at
      bytes = 0
    }
    bytes += entry.lines.length
  }
  if (from < entries.length) yield entries.slice(from)
}

/**
 * Made of the entries' ids and their bytes: ids alone would repeat if a Redis lost its data and counted again
 * from an earlier clock, and ClickHouse would take the new rows for old ones.
 */
const tokenOf = (entries: readonly Entry[]): string => {
  const hash = createHash('sha256')
  for (const { id, lines } of entries) hash.update(`${id} ${lines.length}\n`).update(lines)
  return hash.digest('hex').slice(0, 32)
}

const decodeEntry = (id: string, fields: readonly Buffer[]): Entry | string => {
  const named = new Map<string, Buffer>()
  for (let at = 0; at + 1 < fields.length; at += 2) named.set(fields[at]!.toString(), fields[at + 1]!)
  const lines = named.get('lines')
  const rows = Number(named.get('rows')?.toString())
  if (!lines || !Number.isSafeInteger(rows) || rows < 1) return 'it lacks rows or lines'
  // Without it the next entry's first row would be glued to this one's last.
  if (lines.at(-1) !== 0x0a) return 'its last line has no end'
  try {
    return { id, tenant: trustTenantId(named.get('tenant')?.toString() ?? ''), rows, lines }
  } catch (error) {
    if (error instanceof TypeError) return 'its tenant is no UUID'
    throw error
  }
}
