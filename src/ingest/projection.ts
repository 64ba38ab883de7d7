import { AppError } from '../platform/errors.ts'
import type { TenantId } from '../platform/ids.ts'
import type { Logger } from '../platform/logger.ts'
import type { BaseItem, Dataset, Line, Row } from './dataset.ts'

/** What facts of a dataset move: the state of a stream, of a clip. */
export type Projection = {
  readonly dataset: string
  apply(tenant: TenantId, lines: readonly Line[]): Promise<void>
}

/**
 * Declares that the rows of a dataset move state. `apply` runs after they are stored and before their batch is
 * ended, so at least once for each of them, whatever dies when: the same rows again must change nothing. It
 * gets the rows of one batch and tenant together, in the order in which they came, which need not be that of
 * their times.
 */
export const projection = <Item extends BaseItem>(
  dataset: Pick<Dataset<Item>, 'name' | 'toRow'>,
  apply: (tenant: TenantId, rows: readonly Row<Item>[]) => Promise<void>,
): Projection => ({
  dataset: dataset.name,
  apply: (tenant, lines) => apply(tenant, lines.map(dataset.toRow)),
})

export type Project = (rows: ReadonlyMap<TenantId, readonly Line[]>) => Promise<void>

/** What moves with the rows of a dataset; undefined when nothing does. */
export type Projector = (dataset: string) => Project | undefined

/** Codes of what another try may mend; the rows wait in the log until it does. */
const passing = new Set(['STORE_UNAVAILABLE', 'TIMED_OUT', 'SHUTTING_DOWN'])

/**
 * A fact that its projection can't take, for a fault of the program, is logged and left: it is stored, and
 * the facts behind it must not wait for ever.
 */
export const projectorOf = (projections: readonly Projection[], log: Logger): Projector => {
  const byDataset = Map.groupBy(projections, ({ dataset }) => dataset)
  return (dataset) => {
    const own = byDataset.get(dataset)
    if (!own) return undefined
    return async (rows) => {
      for (const [tenant, lines] of rows) {
        for (const each of own) {
          try {
            await each.apply(tenant, lines)
          } catch (error) {
            if (error instanceof AppError && passing.has(error.code)) throw error
            log.error({ err: error, dataset, tenant, rows: lines.length }, 'Facts could not move their state')
          }
        }
      }
    }
  }
}
