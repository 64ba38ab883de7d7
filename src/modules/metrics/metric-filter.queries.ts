import { filterSql } from '../../platform/clickhouse/filter.ts'
import { joinSql, p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'

export type MetricAsk = {
  readonly filter: Filter
  readonly range: TimeRange
  /** The one project whose points the credential may see, if it is for one only: its UUID. */
  readonly project?: string | undefined
}

/** Empty where a point has no such label. */
const label = (name: string): Sql => sql`labels[${p.text(name)}]`
/** What a filter can ask of a point. The rollups have all of them. */
const columns = {
  name: sql`name`,
  kind: sql`kind`,
  service: sql`service`,
  host: sql`host`,
  labels: sql`labels`,
}
const fields: Readonly<Record<string, Sql>> = { service: columns.service, host: columns.host }

/** What points are told apart by: their service, their host, or the label of that name. */
const partOf = (name: string): Sql => (Object.hasOwn(fields, name) ? fields[name]! : label(name))

/** The values of some names as one text, which `partsOf` reads. Of none it is that of all points. */
export const keyOf = (names: readonly string[]): Sql =>
  names.length === 0
    ? sql`materialize('[]')`
    : sql`toJSONString([${joinSql(
        names.map((name) => sql`toString(${partOf(name)})`),
        ', ',
      )}])`
export const partsOf = (key: string): readonly string[] => JSON.parse(key) as string[]

/** The WHERE of every question about points: tenant and range first. */
export const metricWhere = (
  tenant: TenantId,
  { filter, range, project }: MetricAsk,
  { hours }: { readonly hours: boolean },
): Sql => {
  const always = scoped(tenant, range, { hours })
  const held = project === undefined ? always : sql`${always} AND project_id = ${p.uuid(project)}`
  return sql`${held} AND (${filterSql(filter, columns)})`
}
