import type { Bus } from '../platform/bus/bus.ts'
import type { EventTopic, StateTopic } from '../platform/bus/topics.ts'
import type { TenantId } from '../platform/ids.ts'
import type { Logger } from '../platform/logger.ts'
import type { Pipeline } from './batches.ts'
import type { BaseItem, Dataset, Line, Row } from './dataset.ts'
import type { Stored } from './stored.ts'

/**
 * Adds what is published of stored rows to the transaction that ends their batch, before its end. Where the
 * two are in different slots of a cluster, or an answer is lost, it may be published again: facts are told
 * once under the batch's token, and a state may be told twice, never of rows that are not stored.
 */
export type Announce = (pipeline: Pipeline, token: string) => void

type StoredBus = Pick<Bus, 'publishStateIn' | 'publishFactsIn' | 'skipFactsIn' | 'watched'>
type Told = (bus: StoredBus, tenant: TenantId, pipeline: Pipeline, token: string) => void

/** What becomes of a dataset's rows on a topic, once they are stored. */
export type Live = {
  readonly dataset: string
  /** Of facts that are events. */
  readonly topic?: EventTopic<never>
  /** For which of the tenants rows are told at all. */
  wanted(bus: StoredBus, tenants: ReadonlySet<TenantId>): Promise<ReadonlySet<TenantId>>
  /** Undefined when there is nothing to tell. */
  tell(lines: readonly Line[], nowMs: number): Told | undefined
  /** In place of what can't be told; without it a state waits for its next value. */
  readonly skip?: Told
}

type Source<Item extends BaseItem> = Pick<Dataset<Item>, 'name' | 'toRow'>

/**
 * Declares that the rows of a dataset are told to a state topic. `digest` makes its payload of the rows that
 * one insert stored for a tenant: small, and the same again changes nothing; undefined when there is nothing
 * to tell.
 */
export const live = <Item extends BaseItem, Payload>(
  dataset: Source<Item>,
  topic: StateTopic<Payload>,
  digest: (rows: readonly Row<Item>[], nowMs: number) => Payload | undefined,
): Live => ({
  dataset: dataset.name,
  wanted: (_bus, tenants) => Promise.resolve(tenants),
  tell: (lines, nowMs) => {
    const payload = digest(lines.map(dataset.toRow), nowMs)
    if (payload === undefined) return undefined
    return (bus, tenant, pipeline) => bus.publishStateIn(pipeline, tenant, topic, payload)
  },
})

/**
 * Declares that each row of a dataset is an event of a topic, in the order in which rows are stored: for
 * tenants with a subscriber, so the topic says how long after the last one (`watchedSeconds`).
 */
export const liveFacts = <Item extends BaseItem, Payload>(
  dataset: Source<Item>,
  topic: EventTopic<Payload>,
  payloadOf: (row: Row<Item>) => Payload,
): Live => {
  if (topic.watchedSeconds === undefined)
    throw new TypeError(`topic ${topic.name} of facts needs watchedSeconds`)
  return {
    dataset: dataset.name,
    topic: topic as EventTopic<never>,
    wanted: (bus, tenants) => bus.watched(tenants, topic),
    tell: (lines) => {
      const payloads = lines.map((line) => payloadOf(dataset.toRow(line)))
      return (bus, tenant, pipeline, id) => bus.publishFactsIn(pipeline, tenant, topic, { id, payloads })
    },
    skip: (bus, tenant, pipeline, id) => bus.skipFactsIn(pipeline, tenant, topic, id),
  }
}

type LiveOfDataset = (stored: Stored, nowMs: number) => Promise<Announce[]>

/**
 * What a dataset's rows are told to; undefined for a dataset that nothing live is made of, whose lines need
 * no reading.
 */
export type PublishLive = (dataset: string) => LiveOfDataset | undefined

/**
 * What can't be told, for a fault of the program, is logged, and who listens is told to load again: the rows are
 * stored, and their batch must end, or the dataset stands still for everybody.
 */
export const publisherOf = (bus: StoredBus, lives: readonly Live[], log: Logger): PublishLive => {
  const byDataset = Map.groupBy(lives, ({ dataset }) => dataset)
  return (dataset) => {
    const own = byDataset.get(dataset)
    if (!own) return undefined
    return async ({ tenants, rowsOf }, nowMs) => {
      const wanted = await Promise.all(own.map((each) => each.wanted(bus, tenants)))
      const all = rowsOf(wanted.reduce((some, more) => some.union(more), new Set<TenantId>()))
      return own.flatMap((each, index) =>
        Array.from(wanted[index]!, (tenant): Announce => (pipeline, token) => {
          try {
            each.tell(all.get(tenant) ?? [], nowMs)?.(bus, tenant, pipeline, token)
          } catch (error) {
            log.error({ err: error, dataset, tenant }, 'Stored facts could not be told')
            each.skip?.(bus, tenant, pipeline, token)
          }
        }),
      )
    }
  }
}
