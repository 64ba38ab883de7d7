import { underDeadline } from './deadline.ts'
import { AppError } from './errors.ts'
import { createHeldTopics } from './held-topics.ts'
import { trustTenantId, type TenantId } from './ids.ts'
import type { Logger } from './logger.ts'
import { locks } from './postgres/locks.ts'
import type { Postgres, ScopedRun } from './postgres/postgres.ts'
import type { Scope } from './postgres/scope.ts'
import { topicName, type EventTopic } from './bus/topics.ts'
import type { OutboxTarget } from './outbox-target.ts'

/**
 * An event that is to be published after the commit of the change that it tells of. The name of its topic tells
 * the version too: while a deployment rolls, the process of before leaves it to those that know it.
 */
export type OutboxEvent = { readonly topic: string; readonly id: string; readonly payload: object }

/** `id` is the event's own: publishing it twice is harmless by it. */
export const outboxEvent = <T extends object>(topic: EventTopic<T>, id: string, payload: T): OutboxEvent => ({
  topic: topicName(topic),
  id,
  payload,
})

export type OutboxRelay = {
  /** Says that something was committed. Returns at once; never throws. */
  poke(): void
  /** Waits for the round under way and stops. */
  stop(): Promise<void>
}

type Row = {
  sequence: string
  id: string
  tenant: string
  topic: string
  payload: unknown
  /** Long enough in the outbox for a newer process to have read it. */
  late: boolean
}
type Message = Row & { tenant: TenantId }

const relayScope: Scope = { setting: 'app.relay', value: 'on' }
// A process that died between commit and poke leaves its messages to the others: they look this often.
const POLL_MS = 1_000
const BATCH = 500
// A transaction that says nothing to Postgres for 5 s is ended there, and all of it published again. Two
// seconds more may be a last message that waits for a slow Redis.
const PUBLISH_MS = 2_000

const lock = (query: ScopedRun) => query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [locks.relay] })

// A newer process looks every second, and a deployment that rolls has both.
const GRACE_MS = 60_000

/**
 * Moves committed messages from the outbox to the bus: at least once and, within a topic of a tenant, in order. A
 * crash between publishing and removing repeats it. Tenants are published side by side: each may be on another node
 * of Redis. What can't be reached waits in Postgres, with what is behind it in its topic, and the others go on. So
 * do messages of topics that this version does not know, and one that it can't read with those behind
 * it: another process may. After `graceMs` it is set aside, until a start of a version that can read it.
 */
export const createOutboxRelay = (
  deps: OutboxTarget & {
    postgres: Postgres
    /** How long one transaction goes on publishing; 2,000 ms. What is left has its turn in the next. */
    publishMs?: number
    /** 60,000 ms. */
    graceMs?: number
    log: Logger
  },
): OutboxRelay => {
  const { postgres, topics, publish, settled, publishMs = PUBLISH_MS, graceMs = GRACE_MS, log } = deps
  let began = false
  const held = createHeldTopics(POLL_MS)
  let wanted = false
  let failing = false
  let running: Promise<void> | undefined
  let settling: Promise<void> | undefined

  /** Once, until all is well again. */
  const tell = (error: unknown): void => {
    if (!failing) log.warn({ err: error }, 'the outbox can not be emptied; its messages wait')
    failing = true
  }

  /** What an older version set aside has another turn; what waits for a newer one is told. */
  const begin = async (query: ScopedRun): Promise<void> => {
    await lock(query)
    await query({
      text: 'UPDATE outbox_messages SET set_aside_at = NULL WHERE set_aside_at IS NOT NULL AND topic = ANY($1)',
      values: [topics],
    })
    const left = await query<{ topic: string; messages: number }>({
      text: `SELECT topic, count(*)::int AS messages FROM outbox_messages
              WHERE set_aside_at IS NULL AND topic <> ALL($1) GROUP BY topic ORDER BY topic`,
      values: [topics],
    })
    if (left.length > 0)
      log.warn({ left }, 'the outbox holds messages of topics that a newer version alone can publish')
  }

  /** Kept for a version that can read it, and out of the way of the others. */
  const setAside = async (query: ScopedRun, messages: readonly Message[]): Promise<void> => {
    await query({
      text: 'UPDATE outbox_messages SET set_aside_at = now() WHERE sequence = ANY($1::bigint[])',
      values: [messages.map(({ sequence }) => sequence)],
    })
    for (const { sequence, id, topic } of messages)
      log.error({ sequence, id, topic }, 'the outbox set aside a message that its topic can not read')
  }

  /** Publishes one message, or holds its topic. */
  const move = async (message: Message): Promise<'published' | 'unreadable' | 'held'> => {
    const { id, tenant, topic, payload, late } = message
    try {
      if ((await publish(tenant, topic, { id, payload })) !== 'unreadable') {
        held.goesOn(message)
        return 'published'
      }
      if (late) return 'unreadable'
      held.unreadable(message)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'STORE_UNAVAILABLE') throw error
      tell(error)
      held.unreached(message)
    }
    return 'held'
  }

  /** What was moved, and whether there may be more. */
  const moveSome = async (query: ScopedRun): Promise<{ published: Message[]; more: boolean }> => {
    await lock(query)
    const waiting = held.now()
    const rows = await query<Row>({
      name: 'outbox_next',
      text: `SELECT sequence, id, tenant_id AS tenant, topic, payload, created_at < now() - $5 * interval '1 ms' AS late
               FROM outbox_messages m
              WHERE set_aside_at IS NULL AND topic = ANY($2) AND NOT EXISTS (
                SELECT FROM unnest($3::uuid[], $4::text[]) AS held (tenant_id, topic)
                 WHERE held.tenant_id = m.tenant_id AND held.topic = m.topic)
              ORDER BY sequence LIMIT $1`,
      values: [
        BATCH,
        topics,
        waiting.map(({ tenant }) => tenant),
        waiting.map(({ topic }) => topic),
        graceMs,
      ],
    })
    const messages = rows.map((row): Message => ({ ...row, tenant: trustTenantId(row.tenant) }))
    const unreadable: Message[] = []
    const published: Message[] = []
    let isLate = false
    const endsAt = performance.now() + publishMs
    const moveAll = async (group: readonly Message[]): Promise<void> => {
      // Not `held`, whose time may be over: what is behind a message may not go past it in this transaction.
      const stopped = new Set<string>()
      for (const [index, message] of group.entries()) {
        if (stopped.has(message.topic)) continue
        const outcome = await move(message)
        if (outcome === 'published') published.push(message)
        else if (outcome === 'unreadable') unreadable.push(message)
        else stopped.add(message.topic)
        if (performance.now() < endsAt) continue
        isLate ||= index + 1 < group.length
        return
      }
    }
    for (const result of await Promise.allSettled([...held.inOrder(messages)].map(moveAll)))
      if (result.status === 'rejected') throw result.reason
    if (unreadable.length > 0) await setAside(query, unreadable)
    if (published.length > 0)
      await query({
        name: 'outbox_remove',
        text: 'DELETE FROM outbox_messages WHERE sequence = ANY($1::bigint[]) AND set_aside_at IS NULL',
        values: [published.map(({ sequence }) => sequence)],
      })
    return { published, more: isLate || messages.length === BATCH }
  }

  /** Nothing waits for it: where it can't be told, more is remembered than has to be. */
  const settle = (published: readonly Message[]): void => {
    if (published.length === 0) return
    settling = settled?.(published).catch((error: unknown) => {
      log.debug({ err: error }, 'what was published could not be settled')
    })
  }

  const empty = async (): Promise<void> => {
    while (wanted) {
      wanted = false
      try {
        if (!began) await postgres.transaction(relayScope, begin)
        began = true
        const { published, more } = await postgres.transaction(relayScope, moveSome)
        settle(published)
        if (more) wanted = true
        failing &&= held.isAnyAway()
      } catch (error) {
        tell(error)
      }
    }
    running = undefined
  }

  const poke = (): void => {
    wanted = true
    // What it opens and wakes outlives the operation that pokes.
    running ??= underDeadline(undefined, empty)
  }
  const timer = setInterval(poke, POLL_MS)

  return {
    poke,
    stop: async () => {
      clearInterval(timer)
      await running
      await settling
    },
  }
}
