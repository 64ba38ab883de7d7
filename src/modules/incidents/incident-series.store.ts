import { cutBuckets, rangeOf, type Buckets, type Window } from '../../platform/buckets.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import { filterSql } from '../../platform/postgres/filter.ts'
import { tableOf } from '../../platform/postgres/first-ids.ts'
import { tenantScope } from '../../platform/postgres/scope.ts'
import type { Core } from '../core.ts'
import {
  incidentSeriesOf,
  partsOf,
  type CountedBucket,
  type IncidentPart,
  type IncidentSeries,
} from './incident-series.ts'

/** What incidents are told apart by, and how many of these. */
export type IncidentGrouping = {
  readonly by: { readonly label: string } | 'rule'
  readonly first: number
}
export type IncidentSeriesAsk = Window & { readonly filter: Filter }

/** What happens to an incident once at most, and the column that knows when: each has its index. */
const happenings = {
  opened: 'first_seen_at',
  acknowledged: 'acknowledged_at',
  resolved: 'resolved_at',
} as const

const COUNTS = `
  count(*) FILTER (WHERE what = 'opened')::int AS opened,
  count(*) FILTER (WHERE what = 'acknowledged')::int AS acknowledged,
  count(*) FILTER (WHERE what = 'resolved')::int AS resolved,
  coalesce(sum(seconds) FILTER (WHERE what = 'acknowledged'), 0)::float8 AS "acknowledgeSeconds",
  coalesce(sum(seconds) FILTER (WHERE what = 'resolved'), 0)::float8 AS "resolveSeconds"`

/**
 * Incidents over time, counted in Postgres by one statement: each of three indexes is read from one end of the window
 * to the other. One that was merged into another counts as that one.
 */
export const createIncidentSeriesStore = ({ postgres }: Pick<Core, 'postgres'>) => {
  const told = (tenant: TenantId, buckets: Buckets, filter: Filter, part: (give: Give) => string) => {
    const values: unknown[] = []
    const give: Give = (value) => `$${values.push(value)}`
    const { from, to } = rangeOf(buckets)
    const [of, since, until] = [give(tenant), give(from), give(to)]
    const asked = filterSql(tableOf(postgres.forTenant(tenant), 'incident'), filter, give)
    const key = part(give)
    const reads = Object.entries(happenings).map(
      ([what, at]) => `
        SELECT '${what}' AS what, ${at} AS at, ${key} AS part,
               greatest(extract(epoch FROM ${at} - first_seen_at), 0) AS seconds
          FROM incidents
         WHERE tenant_id = ${of} AND ${at} >= ${since} AND ${at} < ${until} AND merged_into_id IS NULL AND ${asked}`,
    )
    const starts = give(buckets.starts.map((start) => new Date(start).toISOString()))
    return {
      text: reads.join(' UNION ALL '),
      bucket: `width_bucket(at, ${starts}::timestamptz[]) - 1`,
      values,
      give,
    }
  }
  const query = (tenant: TenantId, text: string, values: unknown[]) =>
    postgres.query<CountedBucket>(tenantScope(tenant), { text, values })

  return {
    /** Of a window, in whole buckets. */
    series: async (tenant: TenantId, { filter, ...window }: IncidentSeriesAsk): Promise<IncidentSeries> => {
      const buckets = cutBuckets(window)
      const { text, bucket, values } = told(tenant, buckets, filter, () => 'severity::text')
      const rows = await query(
        tenant,
        `SELECT part, ${bucket} AS bucket, ${COUNTS} FROM (${text}) AS told GROUP BY 1, 2`,
        values,
      )
      return incidentSeriesOf(buckets, rows)
    },

    /**
     * By the value of a label, empty for those without it, or by the id of the alert rule: the `first` of them with the
     * most opened.
     */
    groups: async (
      tenant: TenantId,
      { filter, by, first, ...window }: IncidentSeriesAsk & IncidentGrouping,
    ): Promise<IncidentPart[]> => {
      const buckets = cutBuckets(window)
      const { text, bucket, values, give } = told(tenant, buckets, filter, (giveLabel) =>
        by !== 'rule' ? `coalesce(labels ->> ${giveLabel(by.label)}, '')` : 'rule_id::text',
      )
      const rows = await query(
        tenant,
        `WITH told AS (${text}),
              top AS (SELECT part, row_number() OVER (ORDER BY count(*) FILTER (WHERE what = 'opened') DESC, count(*) DESC, part COLLATE "C") AS place
                        FROM told WHERE part IS NOT NULL GROUP BY part ORDER BY place LIMIT ${give(first)})
         SELECT part, ${bucket} AS bucket, ${COUNTS}
           FROM told JOIN top USING (part) GROUP BY 1, 2, place ORDER BY place`,
        values,
      )
      return partsOf(buckets, rows, [...new Set(rows.map(({ part }) => part))])
    },
  }
}
type Give = (value: unknown) => string
