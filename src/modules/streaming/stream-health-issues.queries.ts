import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReadsBy, type FactReadsBy } from '../../platform/clickhouse/fact-reads.ts'
import { filterSql } from '../../platform/clickhouse/filter.ts'
import { p, scoped, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Fact } from '../../platform/fact-page.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { sampleColumns, sampleRow } from './stream-health-sample.queries.ts'
import type { StreamHealthSample } from './stream-health-sample.ts'

export type HealthIssueAsk = {
  readonly filter: Filter
  readonly range: TimeRange
  /** Only the samples of these streams; of all unless given. */
  readonly internalNames?: readonly string[] | undefined
}

const row = sampleRow.transform((sample): StreamHealthSample & Fact => ({
  ...sample,
  time: new Date(sample.timeMs),
}))
const columns = { stream: sql`internal_name`, node: sql`node_id`, issues: sql`issues` }

/** The samples that name an issue, of the tenant and of each of some streams by their internal names. */
export const createStreamHealthIssueQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): FactReadsBy<HealthIssueAsk, StreamHealthSample & Fact> =>
  factReadsBy({
    ...deps,
    name: 'streaming.healthIssue',
    table: 'stream_health_samples',
    select: sampleColumns,
    row,
    from: sql`stream_health_samples`,
    where: (tenant, { filter, range, internalNames }) => {
      const always = scoped(tenant, range, { hours: true })
      const held = internalNames ? sql`${always} AND internal_name IN (${p.texts(internalNames)})` : always
      return sql`${held} AND issues != '' AND (${filterSql(filter, columns)})`
    },
    by: sql`internal_name`,
    keyOf: ({ internalName }) => internalName,
    of: (ask, internalNames) => ({ ...ask, internalNames }),
  })
