import type { Bus } from '../platform/bus/bus.ts'
import type { StateTopic } from '../platform/bus/topics.ts'
import type { TenantId } from '../platform/ids.ts'
import type { Batch, Pipeline } from './batches.ts'
import type { BaseItem, Dataset, Line, Row } from './dataset.ts'
import type { DeadRow } from './store.ts'

/**
 * Adds what is published of stored rows to the transaction that ends their batch: both happen or neither. It
 * may be published twice (after a crash), never of rows that are not stored.
 */
export type Announce = (pipeline: Pipeline) => void

type StateBus = Pick<Bus, 'publishStateIn'>
type Told = (bus: StateBus, tenant: TenantId, pipeline: Pipeline) => void

/** What becomes of a dataset's rows on a topic, once they are stored. */
export type Live = {
  readonly dataset: string
  /** Undefined when there is nothing to tell. */
  tell(lines: readonly Line[], nowMs: number): Told | undefined
}

/**
 * Declares that the rows of a dataset are told to a state topic. `digest` makes its payload of the rows that
 * one insert stored for a tenant: small, and the same again changes nothing; undefined when there is nothing
 * to tell.
 */
export const live = <Item extends BaseItem, Payload>(
  dataset: Pick<Dataset<Item>, 'name' | 'toRow'>,
  topic: StateTopic<Payload>,
  digest: (rows: readonly Row<Item>[], nowMs: number) => Payload | undefined,
): Live => ({
  dataset: dataset.name,
  tell: (lines, nowMs) => {
    const payload = digest(lines.map(dataset.toRow), nowMs)
    if (payload === undefined) return undefined
    return (bus, tenant, pipeline) => bus.publishStateIn(pipeline, tenant, topic, payload)
  },
})

type LiveOfDataset = (tenant: TenantId, lines: readonly Line[], nowMs: number) => Announce[]

/**
 * What a dataset's rows are told to; undefined for a dataset that nothing live is made of, whose lines need
 * no reading.
 */
export type PublishLive = (dataset: string) => LiveOfDataset | undefined

export const publisherOf = (bus: StateBus, lives: readonly Live[]): PublishLive => {
  const byDataset = Map.groupBy(lives, ({ dataset }) => dataset)
  return (dataset) => {
    const own = byDataset.get(dataset)
    return (
      own &&
      ((tenant, lines, nowMs) =>
        own.flatMap((each) => {
          const told = each.tell(lines, nowMs)
          return told ? [(pipeline: Pipeline) => told(bus, tenant, pipeline)] : []
        }))
    )
  }
}

/** What one stored batch tells the live side, per tenant. Read from the lines, so that a row that was refused by the
 * store or dropped as a duplicate moves no live number. */
export const announcementsOf = (
  tell: LiveOfDataset,
  batch: Batch,
  dead: readonly DeadRow[],
  nowMs: number,
): Announce[] => {
  const refused = new Set(dead.map((row) => row.line))
  const rows = new Map<TenantId, Line[]>()
  for (const { tenant, lines } of batch.entries) {
    const text = lines.toString().trimEnd().split('\n')
    const kept = refused.size > 0 ? text.filter((line) => !refused.has(line)) : text
    const parsed = JSON.parse(`[${kept.join(',')}]`) as Line[]
    const known = rows.get(tenant)
    if (known) for (const row of parsed) known.push(row)
    else rows.set(tenant, parsed)
  }
  return [...rows].flatMap(([tenant, all]) => tell(tenant, all, nowMs))
}
