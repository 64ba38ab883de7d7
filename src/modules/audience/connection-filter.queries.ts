import { filterSql } from '../../platform/clickhouse/filter.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'

export type ConnectionAsk = {
  readonly filter: Filter
  readonly range: TimeRange
  /** Only the events of these streams, by their internal names; of all unless given. */
  readonly keys?: readonly string[] | undefined
}

/** What a filter can ask of an event. The rollup has the first three, which is all that a series is asked by. */
const columns = {
  internalName: sql`internal_name`,
  countryCode: sql`country_code`,
  connector: sql`connector`,
  eventType: sql`event_type`,
  sessionId: sql`session_id`,
}

/** The WHERE of every question about connections: tenant and range first. */
export const connectionWhere = (
  tenant: TenantId,
  { filter, range, keys }: ConnectionAsk,
  { hours = true }: { readonly hours?: boolean } = {},
): Sql => {
  const always = scoped(tenant, range, { hours })
  const held = keys ? sql`${always} AND internal_name IN (${p.texts(keys)})` : always
  return sql`${held} AND (${filterSql(filter, columns)})`
}
