import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import { AppError } from '../platform/errors.ts'
import type { TenantId } from '../platform/ids.ts'
import type { RedisStore } from '../platform/redis/client.ts'
import { inTurns, type Steps } from '../platform/turns.ts'
import { MAX_ENTRY_BYTES } from './dataset.ts'
import { logKeys } from './log-keys.ts'
import { appendScript, holdScript } from './log-scripts.ts'

/**
 * A checked row on its way into the log. `givenId` is the event id if the client chose it, so that it may
 * come again.
 */
export type LogRow = { readonly line: string; readonly givenId: string | undefined }

export type Lag = {
  readonly entries: number
  readonly rows: number
  readonly bytes: number
  /** Milliseconds since the oldest waiting entry was accepted; 0 when none waits. */
  readonly oldestMs: number
  /** Rows that ClickHouse refused; each is kept with its reason in the dead-letter stream. */
  readonly dead: number
}

/** A request that may come again: its Idempotency-Key, and a digest of all that decides which rows it has. */
export type Once = { readonly key: string; readonly digest: Uint8Array }

export type IngestLog = {
  /**
   * Throws IDEMPOTENCY_KEY_REUSED where something else was sent under this key in the last day or two, and
   * LOG_UNAVAILABLE.
   */
  hold(tenant: TenantId, once: Once): Promise<void>
  /**
   * Appends what was not there before and returns how many rows were. When it resolves, all rows are kept.
   * Throws LOG_UNAVAILABLE when the log is full or Redis does not take it; an earlier part of a large
   * request, or all of it when only the answer was lost, may be kept then, so a client that sends the same
   * again gives its rows ids.
   */
  append(tenant: TenantId, rows: readonly LogRow[]): Promise<{ readonly duplicates: number }>
  lag(): Promise<Lag>
  /** Id of the newest entry ever appended; `0-0` for none. */
  newest(): Promise<string>
  /** Id of the oldest entry that waits. */
  oldest(): Promise<string | undefined>
}

const MAX_ENTRY_ROWS = 1_000

const RETRY_AFTER_SECONDS = 5

export const createIngestLog = (deps: {
  readonly redis: Pick<RedisStore, 'commands' | 'script' | 'run' | 'unit' | 'key'>
  readonly dataset: string
  /** Rows that may wait, in bytes of their lines. */
  readonly maxBytes: number
  readonly clock: Clock
}): IngestLog => {
  const { redis, dataset, maxBytes, clock } = deps
  const keys = logKeys(redis, dataset)
  const script = redis.script(appendScript)
  const holding = redis.script(holdScript)

  const appendChunk = async (tenant: TenantId, chunk: Chunk, bytesToCome: number): Promise<number> => {
    const { lines, rows, ids } = chunk
    const reply = await script
      .run([keys.log, keys.waiting, keys.seen], [tenant, lines, rows, ids, bytesToCome, maxBytes])
      .catch(unavailable)
    if (Array.isArray(reply)) return reply.length
    throw new AppError(
      'LOG_UNAVAILABLE',
      'Too many rows wait to be stored. Send this again in a few seconds.',
      {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      },
    )
  }

  return {
    hold: async (tenant, { key, digest }) => {
      const name = createHash('sha256').update(key).digest('base64url')
      const held = await holding
        .run([`${keys.sent}:${tenant}:${name}`], [Buffer.from(digest)])
        .catch(unavailable)
      if (held === 1) return
      throw new AppError(
        'IDEMPOTENCY_KEY_REUSED',
        'Something else was sent with this Idempotency-Key. Nothing was kept: send this with a key of its own.',
      )
    },
    append: async (tenant, rows) => {
      const chunks = await inTurns(cutChunks(rows))
      let bytesToCome = chunks.reduce((sum, chunk) => sum + chunk.lines.length, 0)
      let duplicates = 0
      // One after the other: the first call looks at the whole request, so what does not fit is refused as a
      // whole.
      for (const chunk of chunks) {
        duplicates += await appendChunk(tenant, chunk, bytesToCome)
        bytesToCome -= chunk.lines.length
      }
      return { duplicates }
    },
    lag: () =>
      redis.run(async (commands) => {
        const [entries, [rows, bytes], oldest, dead] = await Promise.all([
          commands.xlen(keys.log),
          commands.hmget(keys.waiting, 'rows', 'bytes'),
          commands.xrange(keys.log, '-', '+', 'COUNT', 1),
          commands.xlen(keys.dead),
        ])
        const nowMs = clock.now()
        const sinceMs = oldest[0] ? Number(oldest[0][0].split('-')[0]) : nowMs
        return {
          entries,
          rows: Math.max(0, Number(rows ?? 0)),
          bytes: Math.max(0, Number(bytes ?? 0)),
          oldestMs: Math.max(0, nowMs - sinceMs),
          dead,
        }
      }),
    newest: () =>
      redis.run(
        async (commands) => (await commands.xrevrange(keys.log, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0',
      ),
    oldest: () =>
      redis.run(async (commands) => (await commands.xrange(keys.log, '-', '+', 'COUNT', 1))[0]?.[0]),
  }
}

/** Redis away, out of memory, read-only or too slow: for a producer it is all "not now". */
const unavailable = (error: unknown): never => {
  if (!(error instanceof AppError) || error.code !== 'STORE_UNAVAILABLE') throw error
  throw new AppError(
    'LOG_UNAVAILABLE',
    'The log does not take rows at the moment. Send this again in a few seconds.',
    {
      cause: error,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    },
  )
}

type Chunk = { readonly lines: Buffer; readonly rows: number; readonly ids: Buffer }

function* cutChunks(rows: readonly LogRow[]): Steps<readonly Chunk[]> {
  const chunks: Chunk[] = []
  let from = 0
  while (from < rows.length) {
    let to = from
    for (let bytes = 0; to < rows.length && to - from < MAX_ENTRY_ROWS; to += 1) {
      bytes += Buffer.byteLength(rows[to]!.line) + 1
      if (bytes > MAX_ENTRY_BYTES && to > from) break
    }
    const part = rows.slice(from, to)
    chunks.push({
      lines: Buffer.from(part.map((row) => `${row.line}\n`).join('')),
      rows: part.length,
      ids: part.some((row) => row.givenId !== undefined) ? idBytes(part) : Buffer.alloc(0),
    })
    from = to
    yield
  }
  return chunks
}

/** 16 bytes a row; zeros for an id that the client did not give. */
const idBytes = (rows: readonly LogRow[]): Buffer => {
  const bytes = Buffer.alloc(rows.length * 16)
  rows.forEach(({ givenId }, at) => givenId && bytes.write(givenId.replaceAll('-', ''), at * 16, 16, 'hex'))
  return bytes
}
