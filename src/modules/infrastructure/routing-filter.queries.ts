import { filterSql } from '../../platform/clickhouse/filter.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { failureWords } from './routing.rules.ts'

export type RoutingAsk = {
  readonly filter: Filter
  readonly range: TimeRange
  /** Only decisions for these nodes, by their slugs; for all unless given. */
  readonly keys?: readonly string[] | undefined
  /** The same of streams, by their internal names. */
  readonly internalNames?: readonly string[] | undefined
}

/** As `outcomeOf` has it. */
export const outcome: Sql = sql`
  if(selected_node != '' AND lower(status) NOT IN (${p.texts(failureWords)}), 'succeeded', 'failed')`

/** What a filter can ask of a decision. */
const columns = {
  internalName: sql`internal_name`,
  nodeName: sql`selected_node`,
  outcome,
  status: sql`status`,
  countryCode: sql`client_country`,
}

/** The WHERE of every question about routing: tenant and range first. */
export const routingWhere = (tenant: TenantId, { filter, range, keys, internalNames }: RoutingAsk): Sql => {
  const always = scoped(tenant, range, { hours: true })
  const ofNodes = keys ? sql`${always} AND selected_node IN (${p.texts(keys)})` : always
  const held = internalNames ? sql`${ofNodes} AND internal_name IN (${p.texts(internalNames)})` : ofNodes
  return sql`${held} AND (${filterSql(filter, columns)})`
}
