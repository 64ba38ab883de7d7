import { filterSql } from '../../platform/clickhouse/filter.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'

export type PlatformEventAsk = {
  readonly filter: Filter
  readonly range: TimeRange
  /** The one project whose events the credential may see, if it is for one only: its UUID. */
  readonly project?: string | undefined
}

/** What a filter can ask of an event. */
const columns = {
  type: sql`type`,
  service: sql`service`,
  host: sql`host`,
  version: sql`version`,
  message: sql`message`,
  projectId: sql`toString(project_id)`,
  environmentId: sql`toString(environment_id)`,
}

/** The WHERE of every question about platform events: tenant and range first. */
export const platformEventWhere = (tenant: TenantId, { filter, range, project }: PlatformEventAsk): Sql => {
  const always = scoped(tenant, range, { hours: true })
  const held = project === undefined ? always : sql`${always} AND project_id = ${p.uuid(project)}`
  return sql`${held} AND (${filterSql(filter, columns)})`
}
