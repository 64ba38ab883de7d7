import { AppError } from '../../platform/errors.ts'
import { isGone, newConsumerName } from '../../ingest/consumer-names.ts'
import type { RedisStore } from '../../platform/redis/client.ts'
import { redisError, replyCode } from '../../platform/redis/errors.ts'

/** One entry of the producer's Redis Stream. */
export type Entry = { readonly id: string; readonly fields: Readonly<Record<string, string>> }
/** Why an entry could not be taken: the code that ingest gave, or one of the same list. */
export type Reason = { readonly code: string; readonly message: string }
export type DeadLetter = Entry & { readonly deadId: string; readonly reason: Reason }

export type SourceLag = {
  /** Entries that were not delivered yet; undefined where Redis can't tell (entries were deleted by hand). */
  readonly waiting: number | undefined
  /** Entries that a consumer has and did not end yet. */
  readonly pending: number
  readonly dead: number
  readonly length: number
}

type RawEntry = [id: string, fields: string[] | null]
const entryOf = ([id, fields]: RawEntry): Entry => {
  const pairs = fields ?? []
  const names = pairs.filter((_each, at) => at % 2 === 0)
  return { id, fields: Object.fromEntries(names.map((name, at) => [name, pairs[2 * at + 1]!])) }
}
const objectOf = (reply: unknown): Record<string, unknown> => {
  const list = reply as unknown[]
  return Object.fromEntries(list.flatMap((name, at) => (at % 2 === 0 ? [[String(name), list[at + 1]]] : [])))
}
const rank = (id: string): [bigint, bigint] => {
  const [time = '0', part = '0'] = id.split('-')
  return [BigInt(time), BigInt(part)]
}
const earlier = (a: string, b: string): boolean => {
  const [[aTime, aPart], [bTime, bPart]] = [rank(a), rank(b)]
  return aTime === bTime ? aPart < bPart : aTime < bTime
}

/** A read ends after this long, which bounds how late a stop is noticed. */
const BLOCK_MS = 500
/** A dead letter is kept until somebody looks at it; its fields stand beside what was wrong. */
const OWN = { id: 'heliograph:id', code: 'heliograph:code', message: 'heliograph:message' } as const

export type SourceStream = ReturnType<typeof createSourceStream>

/**
 * A producer's own Redis Stream, read by a consumer group: each entry is delivered until it is ended, also
 * those of a consumer that died. `claimAfterMs` is for consumers of other machines, whose processes can't be
 * looked for.
 */
export const createSourceStream = (deps: {
  readonly redis: RedisStore
  readonly stream: string
  readonly group: string
  readonly claimAfterMs: number
}) => {
  const { redis, stream, group, claimAfterMs } = deps
  const me = newConsumerName()
  // In one slot of a cluster with the stream, since both change in one transaction.
  const dead = stream.includes('{') ? `${stream}:dead` : `{${stream}}:dead`

  const pendingOf = async (consumer: string, count: number): Promise<string[]> => {
    const found = (await redis.run((commands) =>
      commands.xpending(stream, group, '-', '+', count, consumer),
    )) as [string, ...unknown[]][]
    return found.map(([id]) => id)
  }

  /** Whether there is one. Throws BAD_REQUEST where the key holds something else. */
  const exists = async (): Promise<boolean> => {
    const type = await redis.run((commands) => commands.type(stream))
    if (type === 'stream' || type === 'none') return type === 'stream'
    throw new AppError('BAD_REQUEST', `The key "${stream}" holds a ${type} and no stream.`)
  }

  return {
    dead,
    /** Makes the group, from the first entry that there is; the stream too, where its producer has not begun. */
    ensure: async (): Promise<void> => {
      await exists()
      await redis
        .run((commands) => commands.xgroup('CREATE', stream, group, '0', 'MKSTREAM'))
        .catch((error: unknown) => {
          if (replyCode(error) !== 'BUSYGROUP') throw error
        })
    },

    /** The next entries that nobody has; empty when none came in half a second. */
    read: async (count: number): Promise<Entry[]> => {
      const reply = (await redis
        .blocking('source')
        .xreadgroup('GROUP', group, me, 'COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', stream, '>')
        .catch((error: unknown) => {
          throw redisError(error)
        })) as [[string, RawEntry[]]] | null
      return reply?.[0][1].map(entryOf) ?? []
    },

    /** Entries that this consumer or one that is dead has and did not end; a dead one without any is forgotten. */
    recover: async (count: number): Promise<Entry[]> => {
      const own = await pendingOf(me, count)
      const consumers = (await redis.run((commands) =>
        commands.xinfo('CONSUMERS', stream, group),
      )) as unknown[]
      for (const consumer of consumers.map(objectOf)) {
        const { name, pending, idle } = consumer as { name: string; pending: number; idle: number }
        if (name === me || !(isGone(name) || idle > claimAfterMs)) continue
        if (pending === 0) await redis.run((commands) => commands.xgroup('DELCONSUMER', stream, group, name))
        else own.push(...(await pendingOf(name, count)))
      }
      if (own.length === 0) return []
      const ids = own.slice(0, count)
      const claimed = (await redis.run((commands) =>
        commands.xclaim(stream, group, me, 0, ...ids),
      )) as RawEntry[]
      return claimed.map(entryOf)
    },

    /** Ends entries, and puts those that could not be taken aside, both or neither. */
    settle: async (
      ids: readonly string[],
      letters: readonly (Entry & { reason: Reason })[],
    ): Promise<void> => {
      if (ids.length === 0) return
      const transaction = redis.commands.multi()
      for (const { id, fields, reason } of letters)
        transaction.xadd(
          dead,
          '*',
          OWN.id,
          id,
          OWN.code,
          reason.code,
          OWN.message,
          reason.message,
          ...Object.entries(fields).flat(),
        )
      transaction.xack(stream, group, ...ids)
      await redis.exec(transaction)
    },

    /** Removes what every group of the stream has ended, so that it doesn't grow for ever. */
    trim: async (): Promise<void> => {
      if (!(await exists())) return
      const groups = ((await redis.run((commands) => commands.xinfo('GROUPS', stream))) as unknown[]).map(
        objectOf,
      )
      const needed: string[] = []
      for (const each of groups) {
        const { name, pending } = each as { name: string; pending: number }
        const delivered = String(each['last-delivered-id'])
        const [oldest] =
          pending > 0
            ? ((await redis.run((commands) => commands.xpending(stream, name, '-', '+', 1))) as [string][])
            : []
        needed.push(oldest?.[0] ?? delivered)
      }
      const [first, ...rest] = needed
      if (first === undefined) return
      const least = rest.reduce((low, id) => (earlier(id, low) ? id : low), first)
      // Trap: with `~` one call removes ten thousand at most.
      while ((await redis.run((commands) => commands.xtrim(stream, 'MINID', '~', least))) > 0);
    },

    /** Throws NOT_FOUND for a stream that there is not. */
    lag: async (): Promise<SourceLag> => {
      if (!(await exists())) throw new AppError('NOT_FOUND', `There is no stream "${stream}" in this Redis.`)
      const [groups, length, letters] = await Promise.all([
        redis.run((commands) => commands.xinfo('GROUPS', stream)) as Promise<unknown[]>,
        redis.run((commands) => commands.xlen(stream)),
        redis.run((commands) => commands.xlen(dead)),
      ])
      const own = groups.map(objectOf).find(({ name }) => name === group)
      const lag = own?.lag
      return {
        waiting: own === undefined ? length : typeof lag === 'number' ? lag : undefined,
        pending: Number(own?.pending ?? 0),
        dead: letters,
        length,
      }
    },

    /** Dead letters after one of them, oldest first. */
    letters: async (count: number, after = '-'): Promise<DeadLetter[]> => {
      const from = after === '-' ? '-' : `(${after}`
      const found = (await redis.run((commands) =>
        commands.xrange(dead, from, '+', 'COUNT', count),
      )) as RawEntry[]
      return found.map((raw) => {
        const { id: deadId, fields: all } = entryOf(raw)
        const { [OWN.id]: id = deadId, [OWN.code]: code = '', [OWN.message]: message = '', ...fields } = all
        return { deadId, id, fields, reason: { code, message } }
      })
    },

    /** Forgets dead letters: they were taken after all, or nobody wants them. */
    forget: async (deadIds: readonly string[]): Promise<number> =>
      deadIds.length === 0 ? 0 : redis.run((commands) => commands.xdel(dead, ...deadIds)),
  }
}
