import { filterSql } from '../../platform/clickhouse/filter.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'

export type LogAsk = {
  readonly filter: Filter
  readonly range: TimeRange
  /** The one project whose lines the credential may see, if it is for one only: its UUID. */
  readonly project?: string | undefined
}

const everywhere = {
  level: sql`level`,
  service: sql`service`,
  host: sql`host`,
  projectId: sql`toString(project_id)`,
  environmentId: sql`toString(environment_id)`,
}
/** What a filter can ask of a line. The rollup has not its text, its trace and its attributes. */
const columns = {
  ...everywhere,
  message: sql`message`,
  traceId: sql`trace_id`,
  attributes: sql`attributes`,
}

export const isOfRollup = (column: string): boolean => Object.hasOwn(everywhere, column)

/** The WHERE of every log query: tenant and range first. */
export const logWhere = (tenant: TenantId, { filter, range, project }: LogAsk): Sql => {
  const always = scoped(tenant, range, { hours: true })
  const held = project === undefined ? always : sql`${always} AND project_id = ${p.uuid(project)}`
  return sql`${held} AND (${filterSql(filter, columns)})`
}
