import type { Window } from '../../platform/buckets.ts'
import { filterSql } from '../../platform/clickhouse/filter.ts'
import { joinSql, p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'

/**
 * Whose viewers are asked for: those of each stream named, those of each since a time of its own, or those of all
 * samples of a filter together.
 */
export type ViewerSubjects =
  | { readonly internalNames: readonly string[] }
  | { readonly since: ReadonlyMap<string, Date> }
  | { readonly filter: Filter }

/** The step comes from `chooseStep`, which bounds the number of points. */
export type ViewerRange = Window & ViewerSubjects

/** What answers are found by: the names, or the one name of all together. */
export const TOGETHER = ''
export const subjectsOf = (ask: ViewerSubjects): readonly string[] => {
  if ('filter' in ask) return [TOGETHER]
  return 'since' in ask ? [...ask.since.keys()] : ask.internalNames
}
/** The column of it. */
export const subjectOf = (ask: ViewerSubjects): Sql =>
  'filter' in ask ? sql`'' AS subject` : sql`internal_name AS subject`

/** What a filter can ask of a sample: the columns of its key, which the rollups have too. */
const columns = {
  internalName: sql`internal_name`,
  countryCode: sql`country_code`,
  edgeNodeSlug: sql`node_id`,
  connectionType: sql`connection_type`,
}

/** Whole seconds since the Unix epoch. */
export const seconds = (ms: number): number => Math.floor(ms / 1000)

/** The buckets of each stream from its own time on, by the sort key of the rollup; its minutes are cut by `sinceOf`. */
const eachSince = (since: ReadonlyMap<string, Date>, everyMs: number): Sql =>
  joinSql(
    Array.from(since, ([name, time]) => {
      const bucket = new Date(Math.floor(time.getTime() / everyMs) * everyMs)
      return sql`(internal_name = ${p.text(name)} AND time >= ${p.dateTime(bucket)})`
    }),
    ' OR ',
  )

/** The second from which the stream of a row is asked for. */
export const sinceOf = (since: ReadonlyMap<string, Date>): Sql => {
  const starts = Array.from(since.values(), (time) => seconds(time.getTime()))
  return sql`arrayElement(${p.uInt32s(starts)}, indexOf(${p.texts([...since.keys()])}, internal_name))`
}

/** The condition of the samples that are asked for. */
export const asked = (tenant: TenantId, ask: ViewerRange, options?: { hours: boolean }): Sql => {
  const held =
    'filter' in ask
      ? filterSql(ask.filter, columns)
      : 'since' in ask
        ? eachSince(ask.since, ask.stepMs)
        : sql`internal_name IN (${p.texts(ask.internalNames)})`
  return sql`${scoped(tenant, ask.range, options)} AND (${held})`
}

/** The columns of a sample's key. */
export const keyColumns = sql`internal_name, country_code, connection_type, node_id`
