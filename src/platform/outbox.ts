import { underDeadline } from './deadline.ts'
import { AppError } from './errors.ts'
import { createHeldTopics } from './held-topics.ts'
import type { Logger } from './logger.ts'
import { locks } from './postgres/locks.ts'
import type { Postgres, ScopedRun } from './postgres/postgres.ts'
import type { Scope } from './postgres/scope.ts'
import { topicName, type EventTopic } from './bus/topics.ts'
import { firstMessages, nextMessages, remove, setAside, type Message } from './outbox-rows.ts'
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

type Outcome = 'published' | 'unreadable' | 'held'

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
 * of Redis. What can't be reached waits in Postgres, with what is behind it in its topic, and the others go on,
 * also while its first is tried again. So do messages of topics that this version does not know, and one that it
 * can't read with those behind it: another process may. After `graceMs` it is set aside, until a start of a version that can read it.
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
  let stopped = false
  let failing = false
  let running: Promise<void> | undefined
  let trying: Promise<void> | undefined
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

  /** Publishes one message, or holds its topic. */
  const move = async (message: Message): Promise<Outcome> => {
    const { id, tenant, topic, payload, late } = message
    try {
      if ((await publish(tenant, topic, { id, payload })) !== 'unreadable') return 'published'
      if (late) return 'unreadable'
      held.unreadable(message)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'STORE_UNAVAILABLE') throw error
      tell(error)
      held.unreached(message)
    }
    return 'held'
  }

  const takeOut = async (
    query: ScopedRun,
    published: readonly Message[],
    unreadable: readonly Message[],
  ): Promise<void> => {
    for (const { sequence, id, topic } of await setAside(query, unreadable))
      log.error({ sequence, id, topic }, 'the outbox set aside a message that its topic can not read')
    if (published.length > 0) await remove(query, published)
  }

  /** What was moved, and whether there may be more. */
  const moveSome = async (query: ScopedRun): Promise<{ published: Message[]; more: boolean }> => {
    await lock(query)
    const messages = await nextMessages(query, { limit: BATCH, topics, except: held.all(), graceMs })
    const unreadable: Message[] = []
    const published: Message[] = []
    let isLate = false
    const endsAt = performance.now() + publishMs
    const moveAll = async (group: readonly Message[]): Promise<void> => {
      // Not `held`, whose time may be over: what is behind a message may not go past it in this transaction.
      const halted = new Set<string>()
      for (const [index, message] of group.entries()) {
        if (halted.has(message.topic)) continue
        const outcome = await move(message)
        if (outcome === 'published') published.push(message)
        else if (outcome === 'unreadable') unreadable.push(message)
        else halted.add(message.topic)
        if (performance.now() < endsAt) continue
        isLate ||= index + 1 < group.length
        return
      }
    }
    for (const result of await Promise.allSettled([...held.inOrder(messages)].map(moveAll)))
      if (result.status === 'rejected') throw result.reason
    await takeOut(query, published, unreadable)
    return { published, more: isLate || messages.length === BATCH }
  }

  /** Nothing waits for it: where it can't be told, more is remembered than has to be. */
  const settle = (published: readonly Message[]): void => {
    if (published.length === 0) return
    settling = settled?.(published).catch((error: unknown) => {
      log.debug({ err: error }, 'what was published could not be settled')
    })
  }

  /**
   * Tries the first message of each held topic whose pause is over. Without the lock: a try may take two seconds,
   * and of several processes one would always be at it. That another may publish the same message now is harmless.
   */
  const tryHeld = async (): Promise<void> => {
    const due = held.due(BATCH)
    if (due.length === 0) return
    const firsts = await postgres
      .transaction(relayScope, (query) => firstMessages(query, { places: due, graceMs }))
      .catch((error: unknown) => {
        for (const place of due) held.goesOn(place) // found again by whoever goes through all: nothing is held for ever
        throw error
      })
    held.keepOf(due, firsts)
    const results = await Promise.allSettled(firsts.map(move))
    const outcomes = Map.groupBy(firsts, (_message, index) => {
      const each = results[index]!
      return each.status === 'fulfilled' ? each.value : 'held'
    })
    const published = outcomes.get('published') ?? []
    const unreadable = outcomes.get('unreadable') ?? []
    if (published.length + unreadable.length > 0) {
      await postgres.transaction(relayScope, async (query) => {
        await lock(query) // no other is at it now: what it has published is gone, not to be set aside
        await takeOut(query, published, unreadable)
      })
      settle(published)
      for (const message of [...published, ...unreadable]) held.goesOn(message)
      poke()
    }
    for (const each of results) if (each.status === 'rejected') throw each.reason
  }

  const tried = (): void => {
    trying = undefined
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
        if (!stopped) trying ??= tryHeld().catch(tell).finally(tried)
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
      stopped = true
      await running
      await trying
      await running // it may have found that a topic goes on
      await settling
    },
  }
}
