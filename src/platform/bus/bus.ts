import type { ChainableCommander } from 'ioredis'
import { shuttingDown } from '../errors.ts'
import type { TenantId } from '../ids.ts'
import type { Feed } from '../iterate/feed.ts'
import { createLeases } from '../leases.ts'
import type { Logger } from '../logger.ts'
import type { RedisStore } from '../redis/client.ts'
import { createChannels } from './channels.ts'
import { parseCursor, type Cursor } from './cursor.ts'
import type { AnyEvent, Firehose } from './firehose.ts'
import { createTopicLog } from './log.ts'
import { Reader } from './reader.ts'
import { createTail, type Item, type Tail, type TailLimits } from './tail.ts'
import { topicName, type Contract, type Declared, type EventTopic, type StateTopic } from './topics.ts'

export type Publication<T> = {
  /**
   * The event's own id. Publishing the same id again within 7 days, or an hour after it was settled, changes nothing:
   * so a relay may repeat.
   */
  readonly id: string
  readonly payload: T
}

export type PublishedEvent = {
  readonly tenant: TenantId
  readonly topic: EventTopic<unknown>
  readonly id: string
}

export type SubscribeOptions = {
  /** The cursor of the last event that was seen; without it only what comes from now on. */
  readonly after?: string | undefined
  /**
   * Without `after`, begin with a Resync of reason STARTED: whoever breaks off before the first event can
   * then resume too.
   */
  readonly withStart?: boolean | undefined
}

export type StateListener<T> = {
  readonly onValue: (payload: T) => void
  /** Messages may have been lost: take a new snapshot. */
  readonly onReconnect: () => void
}

export type Bus = {
  /** Publishes once per id; the event's cursor. Rejects with STORE_UNAVAILABLE. */
  publish<T>(tenant: TenantId, topic: EventTopic<T>, event: Publication<T>): Promise<Cursor>
  /** The same as one command of a pipeline; its reply is the cursor. */
  publishIn<T>(
    pipeline: ChainableCommander,
    tenant: TenantId,
    topic: EventTopic<T>,
    event: Publication<T>,
  ): void
  /** Says that nobody will publish these again, which ends the long memory of their ids. Rejects as `publish` does. */
  settle(events: readonly PublishedEvent[]): Promise<void>
  /** Which of the tenants have or had a subscriber of a topic that is published only then. */
  watched<T>(tenants: Iterable<TenantId>, topic: EventTopic<T>): Promise<ReadonlySet<TenantId>>
  /**
   * Publishes facts to such a topic, once per id of them all, as one command of a pipeline. More than the
   * topic keeps are left out, and its readers are told. Throws, with nothing added, for a payload of another
   * shape than the topic's.
   */
  publishFactsIn<T>(
    pipeline: ChainableCommander,
    tenant: TenantId,
    topic: EventTopic<T>,
    facts: { readonly id: string; readonly payloads: readonly T[] },
  ): void
  /** Tells the readers of such a topic, once per id, that facts were left out and that they load again. */
  skipFactsIn<T>(pipeline: ChainableCommander, tenant: TenantId, topic: EventTopic<T>, id: string): void
  /**
   * Every event of a tenant's topic, in order, none twice, or one Resync where that can't be proven. Rejects
   * with BAD_REQUEST for a cursor of a wrong form and with STORE_UNAVAILABLE. The iteration fails with
   * SlowConsumerError when its reader is too far behind.
   */
  subscribe<T>(tenant: TenantId, topic: EventTopic<T>, options?: SubscribeOptions): Promise<Feed<Item<T>>>
  /** The same of every event of all topics that the firehose carries, under one cursor. */
  subscribeAll(tenant: TenantId, options?: SubscribeOptions): Promise<Feed<Item<AnyEvent>>>
  /** The newest cursor of a topic, to be taken before a snapshot is read and given as `after`. */
  position<T>(tenant: TenantId, topic: EventTopic<T>): Promise<Cursor>
  publishState<T>(tenant: TenantId, topic: StateTopic<T>, payload: T): Promise<void>
  publishStateIn<T>(pipeline: ChainableCommander, tenant: TenantId, topic: StateTopic<T>, payload: T): void
  /** Joins a state topic, before its snapshot is loaded. The result leaves it. */
  watchState<T>(tenant: TenantId, topic: StateTopic<T>, listener: StateListener<T>): Promise<() => void>
  /** Topics with an open window, for metrics and tests. */
  openTails(): number
  /** How long what subscribers share outlives the last of them, in milliseconds. */
  readonly lingerMs: number
  /** Called when the bus closes: what is built on its topics ends then too. The result removes it. */
  onClose(listener: () => void): () => void
  /** Ends all subscriptions. The Redis store stays open. */
  close(): void
}

export type BusOptions = {
  readonly redis: RedisStore
  readonly log: Logger
  /** Where the events of many topics come besides. */
  readonly firehose?: Firehose
  /** How long a window or a live state outlives its last subscriber, in milliseconds; 5,000. */
  readonly lingerMs?: number
  /** Of one window; 1,024 events and 4,000,000 characters unless told, and closed when 4,096 behind. */
  readonly limits?: TailLimits
}

/** Minutes of a busy topic, and a bound of some MB for each topic and tenant with subscribers. */
const defaults: TailLimits = { events: 1_024, chars: 4_000_000, behind: 4_096 }

const write = <T>(topic: Contract<T>, payload: T): string => JSON.stringify(topic.payload.parse(payload))
const read = <T>(topic: Contract<T>, text: string): T => topic.payload.parse(JSON.parse(text))

/**
 * Topics over Redis: declared as contracts, keyed by tenant, with one Redis subscription a topic key and
 * process.
 */
export const createBus = (options: BusOptions): Bus => {
  const { redis, log: logger, lingerMs = 5_000, limits = defaults } = options
  const log = createTopicLog(redis)
  const channels = createChannels({ redis: redis.subscriber(), log: logger })
  const tails = createLeases<string, Tail<unknown>>(lingerMs)
  const closing = new Set<() => void>()
  let closed = false

  const unitOf = (tenant: TenantId, topic: Declared): string => redis.unit('t', tenant, topicName(topic))

  /** The firehose, for a topic whose events come there too. */
  const besides = (topic: Declared): Firehose | undefined =>
    options.firehose?.carries(topic) ? options.firehose : undefined

  const publishIn: Bus['publishIn'] = (pipeline, tenant, topic, { id, payload }) => {
    const text = write(topic, payload)
    log.appendIn(pipeline, unitOf(tenant, topic), id, text, topic.keep)
    const all = besides(topic)
    if (!all) return
    log.appendOpenIn(pipeline, unitOf(tenant, all.topic), id, all.wrap(topic, text), all.topic.keep)
  }

  /** Without texts they are left out. */
  const appendFactsIn = <T>(
    pipeline: ChainableCommander,
    tenant: TenantId,
    topic: EventTopic<T>,
    id: string,
    texts?: readonly string[],
  ): void => {
    log.appendManyIn(pipeline, unitOf(tenant, topic), id, texts, topic.keep)
    const all = besides(topic)
    if (!all) return
    const wrapped = texts?.map((text) => all.wrap(topic, text))
    log.appendManyIn(
      pipeline,
      unitOf(tenant, all.topic),
      `${topicName(topic)}:${id}`,
      wrapped,
      all.topic.keep,
    )
  }

  const subscribe: Bus['subscribe'] = async (tenant, topic, { after, withStart = false } = {}) => {
    if (closed) throw shuttingDown()
    const from = after === undefined ? undefined : parseCursor(after)
    const unit = unitOf(tenant, topic)
    const lease = await tails.acquire(unit, () =>
      createTail({
        unit,
        log,
        channels,
        logger,
        limits,
        watchedSeconds: topic.watchedSeconds,
        read: (text) => read(topic, text),
      }),
    )
    // A unit is named after its topic, so a tail of this unit carries this topic's payloads.
    const tail = lease.value as Tail<never>
    return new Reader({ tail, after: from, withStart, onClose: lease.release })
  }

  return {
    publish: async (tenant, topic, event) => {
      const pipeline = redis.commands.pipeline()
      publishIn(pipeline, tenant, topic, event)
      return (await redis.exec(pipeline))[0] as Cursor
    },
    publishIn,
    settle: async (events) => {
      const pipeline = redis.commands.pipeline()
      for (const { tenant, topic, id } of events)
        for (const each of [topic, besides(topic)?.topic])
          if (each) log.settleIn(pipeline, unitOf(tenant, each), id)
      await redis.exec(pipeline)
    },
    watched: async (tenants, topic) => {
      const topics = [topic, besides(topic)?.topic].filter((each) => each !== undefined)
      const asked = [...tenants].flatMap((tenant) => topics.map((each) => ({ tenant, each })))
      const open = await log.open(asked.map(({ tenant, each }) => unitOf(tenant, each)))
      return new Set(asked.filter((_asked, index) => open[index]).map(({ tenant }) => tenant))
    },
    publishFactsIn: (pipeline, tenant, topic, { id, payloads }) =>
      appendFactsIn(
        pipeline,
        tenant,
        topic,
        id,
        payloads.map((payload) => write(topic, payload)),
      ),
    skipFactsIn: (pipeline, tenant, topic, id) => appendFactsIn(pipeline, tenant, topic, id),
    subscribe,
    subscribeAll: (tenant, given) => {
      if (!options.firehose) throw new TypeError('this bus was made without a firehose')
      return subscribe(tenant, options.firehose.topic, given)
    },
    position: (tenant, topic) => log.newest(unitOf(tenant, topic), topic.watchedSeconds),
    publishState: async (tenant, topic, payload) => {
      const channel = log.channel(unitOf(tenant, topic))
      await redis.run((commands) => commands[redis.publishes](channel, write(topic, payload)))
    },
    publishStateIn: (pipeline, tenant, topic, payload) =>
      void pipeline[redis.publishes](log.channel(unitOf(tenant, topic)), write(topic, payload)),
    watchState: async (tenant, topic, { onValue, onReconnect }) => {
      const forget = channels.onReconnect(onReconnect)
      const leave = await channels.listen(log.channel(unitOf(tenant, topic)), (text) =>
        onValue(read(topic, text)),
      )
      return () => {
        forget()
        leave()
      }
    },
    openTails: tails.size,
    lingerMs,
    onClose: (listener) => {
      closing.add(listener)
      return () => void closing.delete(listener)
    },
    close: () => {
      closed = true
      for (const listener of closing) listener()
      tails.close()
      channels.close()
    },
  }
}
