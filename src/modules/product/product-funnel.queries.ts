import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { joinSql, p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { eventSql, productWhere, type ProductAsk } from './product-filter.queries.ts'

export type ProductFunnelQueries = {
  /**
   * Of the users who met the first step: how many went on to each next one, in order, the last within
   * `withinMs` of the first. A user counts once, by the best run in the range. Answers a number for each step.
   */
  funnel(
    tenant: TenantId,
    ask: Omit<ProductAsk, 'filter'> & { readonly steps: readonly Filter[]; readonly withinMs: number },
    options?: QueryOptions,
  ): Promise<readonly number[]>
}

/** Above the number of any step. */
const STEPS = 11
/** So many events of a user's within one millisecond are told apart, but for chance. */
const EVENTS = 2 ** 18
const LAST_PLACE = ((10 * STEPS + 10) * EVENTS + EVENTS - 1) * STEPS + 10
/** Of a millisecond: with more than twice the last one, what is a millisecond too late is so at any place. */
const PLACES = 2 * LAST_PLACE + 1

/**
 * A row for each step that an event meets, with its place in time. Of one millisecond, events that meet earlier steps
 * come first, and of one event its last step, so that ClickHouse, which keeps for each step the latest beginning that
 * led there, never takes an event for two. (`strict_once` promises that too, by keeping all runs there are: more than
 * 1 GiB where a user has 300 views and the funnel three of them.)
 */
const met = (steps: readonly Filter[], numbers: readonly Sql[], { from }: TimeRange): Sql => sql`
  arrayFilter((number, holds) -> holds, [${joinSql(numbers, ', ')}], [${joinSql(steps.map(eventSql), ', ')}]) AS met,
  arrayJoin(met) AS step,
  (met[1] * ${p.uInt64(STEPS)} + met[-1]) * ${p.uInt64(EVENTS)} + cityHash64(event_id) % ${p.uInt64(EVENTS)} AS event,
  toUnixTimestamp64Milli(time) - toUnixTimestamp64Milli(${p.dateTime(from)}) AS at,
  toUInt64(at * ${p.uInt64(PLACES)} + event * ${p.uInt64(STEPS)} + 10 - step) AS place`

export const createProductFunnelQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ProductFunnelQueries => ({
  funnel: async (tenant, { steps, withinMs, ...ask }, options) => {
    requireKept('product_events', ask.range, deps.clock.now())
    const numbers = steps.map((_step, at) => sql`${p.uInt64(at + 1)}`)
    const ofEach = numbers.map((number) => sql`step = ${number}`)
    const query = defineQuery({
      name: 'product.funnel',
      shared: true,
      tenant,
      sql: sql`
        SELECT reached, count() AS people FROM (
          SELECT windowFunnel(${p.uInt64(withinMs)} * ${p.uInt64(PLACES)} + ${p.uInt64(LAST_PLACE)})(place, ${joinSql(ofEach, ', ')}) AS reached
          FROM (
            SELECT user_id, ${met(steps, numbers, ask.range)}
            FROM product_events
            WHERE ${productWhere(tenant, { ...ask, filter: { any: steps } })} AND user_id != '')
          GROUP BY user_id)
        WHERE reached > 0 GROUP BY reached`,
      row: z.object({ reached: whole, people: whole }),
    })
    const rows = await deps.clickHouse.query(query, options)
    // Who reached a step has reached all before it.
    return steps.map((_step, at) =>
      rows.reduce((sum, { reached, people }) => (reached > at ? sum + people : sum), 0),
    )
  },
})
