import { filterSql } from '../../platform/clickhouse/filter.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'

export type ProductAsk = {
  readonly filter: Filter
  readonly range: TimeRange
  /** The one project whose events the credential may see, if it is for one only: its UUID. */
  readonly project?: string | undefined
}

const everywhere = { eventType: sql`event_type` }
/** What a filter can ask of an event. The rollups have the type alone. */
const columns = { ...everywhere, userId: sql`user_id`, sessionId: sql`session_id` }

export const isOfRollup = (column: string): boolean => Object.hasOwn(everywhere, column)

export const eventSql = (filter: Filter): Sql => filterSql(filter, columns)

/** The WHERE of every question about product events: tenant and range first. */
export const productWhere = (
  tenant: TenantId,
  { filter, range, project }: ProductAsk,
  { hours = true }: { readonly hours?: boolean } = {},
): Sql => {
  const always = scoped(tenant, range, { hours })
  const held = project === undefined ? always : sql`${always} AND project_id = ${p.uuid(project)}`
  return sql`${held} AND (${eventSql(filter)})`
}
