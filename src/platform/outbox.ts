import { trustTenantId, type TenantId } from './ids.ts'
import type { Logger } from './logger.ts'
import { locks } from './postgres/locks.ts'
import type { Postgres, ScopedRun } from './postgres/postgres.ts'
import type { Scope } from './postgres/scope.ts'
import type { Bus } from './bus/bus.ts'
import type { EventTopic } from './bus/topics.ts'

/** An event that is to be published after the commit of the change that it tells of. */
export type OutboxEvent = { readonly topic: string; readonly id: string; readonly payload: object }

/** `id` is the event's own: publishing it twice is harmless by it. */
export const outboxEvent = <T extends object>(topic: EventTopic<T>, id: string, payload: T): OutboxEvent => ({
  topic: topic.name,
  id,
  payload,
})

type OutboxPublish = (
  tenant: TenantId,
  topic: string,
  message: { id: string; payload: unknown },
) => Promise<'unreadable' | void>

export type OutboxRelay = {
  /** Says that something was committed. Returns at once; never throws. */
  poke(): void
  /** Waits for the round under way and stops. */
  stop(): Promise<void>
}

/**
 * Publishes what the outbox holds under the topic that it names. What no topic of this version can read is
 * `unreadable`.
 */
export const publishOutbox =
  (bus: Pick<Bus, 'publish'>, topics: readonly EventTopic<unknown>[]): OutboxPublish =>
  async (tenant, name, { id, payload }) => {
    const topic = topics.find((topic) => topic.name === name)
    const read = topic?.payload.safeParse(payload)
    if (!topic || !read?.success) return 'unreadable'
    await bus.publish(tenant, topic, { id, payload: read.data })
    return undefined
  }

type Message = { sequence: string; id: string; tenant_id: string; topic: string; payload: unknown }

const relayScope: Scope = { setting: 'app.relay', value: 'on' }
// A process that died between commit and poke leaves its messages to the others: they look this often.
const POLL_MS = 1_000
const BATCH = 500
// A transaction that says nothing to Postgres for 5 s is ended there, and all of it published again. Two
// seconds more may be a last message that waits for a slow Redis.
const PUBLISH_MS = 2_000

/**
 * Moves committed messages from the outbox to the bus: at least once and in order. `publish` must be
 * idempotent by the message's id, because a crash between publishing and removing repeats it. While Redis is
 * away messages wait in Postgres.
 */
export const createOutboxRelay = (deps: {
  postgres: Postgres
  /**
   * Answers `unreadable` for what no topic of this version can read: it is set aside, and the others go on.
   */
  publish: OutboxPublish
  /** How long one transaction goes on publishing; 2,000 ms. What is left has its turn in the next. */
  publishMs?: number
  log: Logger
}): OutboxRelay => {
  const { postgres, publish, publishMs = PUBLISH_MS, log } = deps
  let wanted = false
  let failing = false
  let running: Promise<void> | undefined

  /** Kept for a person to look at, and out of the way of the others. */
  const setAside = async (query: ScopedRun, messages: readonly Message[]): Promise<void> => {
    await query({
      text: 'UPDATE outbox_messages SET set_aside_at = now() WHERE sequence = ANY($1::bigint[])',
      values: [messages.map(({ sequence }) => sequence)],
    })
    for (const { sequence, id, topic } of messages)
      log.error({ sequence, id, topic }, 'the outbox set aside a message that no topic can read')
  }

  /** Whether there may be more. */
  const moveSome = async (query: ScopedRun): Promise<boolean> => {
    await query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [locks.relay] })
    const messages = await query<Message>({
      name: 'outbox_next',
      text: `SELECT sequence, id, tenant_id, topic, payload FROM outbox_messages
              WHERE set_aside_at IS NULL ORDER BY sequence LIMIT $1`,
      values: [BATCH],
    })
    const unreadable: Message[] = []
    const done: Message[] = []
    const endsAt = performance.now() + publishMs
    for (const message of messages) {
      const { id, tenant_id, topic, payload } = message
      const outcome = await publish(trustTenantId(tenant_id), topic, { id, payload })
      done.push(message)
      if (outcome === 'unreadable') unreadable.push(message)
      if (performance.now() >= endsAt) break
    }
    if (unreadable.length > 0) await setAside(query, unreadable)
    if (done.length > unreadable.length)
      await query({
        name: 'outbox_remove',
        text: 'DELETE FROM outbox_messages WHERE sequence = ANY($1::bigint[]) AND set_aside_at IS NULL',
        values: [done.map(({ sequence }) => sequence)],
      })
    return done.length < messages.length || messages.length === BATCH
  }

  const empty = async (): Promise<void> => {
    while (wanted) {
      wanted = false
      try {
        if (await postgres.transaction(relayScope, moveSome)) wanted = true
        failing = false
      } catch (error) {
        if (!failing) log.warn({ err: error }, 'the outbox can not be emptied; its messages wait')
        failing = true
      }
    }
    running = undefined
  }

  const poke = (): void => {
    wanted = true
    running ??= empty()
  }
  const timer = setInterval(poke, POLL_MS)

  return {
    poke,
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
