import { z } from 'zod'
import type { SampleDocuments } from '../samples.ts'
import type { ClickHouse } from './client.ts'
import { defineQuery } from './query.ts'
import { p, scoped, sql, type Sql } from './sql.ts'

const row = z.object({ event_id: z.string(), document: z.string() })

/**
 * What samples say besides, up to tens of kilobytes each, which lists, states and the bus don't carry: it is read for who
 * asks, of all samples of an answer by one question.
 */
export const createSampleDocuments =
  (
    clickHouse: ClickHouse,
    /** `of` is the column after the time in the table's sort key. */
    { name, table, of, document }: { name: string; table: Sql; of: Sql; document: Sql },
  ): SampleDocuments =>
  async (tenant, samples, options) => {
    if (samples.length === 0) return new Map()
    const times = samples.map(({ timeMs }) => timeMs)
    const range = { from: new Date(Math.min(...times)), to: new Date(Math.max(...times) + 1) }
    const whose = [...new Set(samples.map((sample) => sample.of))]
    const query = defineQuery({
      name,
      tenant,
      sql: sql`
        SELECT event_id, ${document} AS document FROM ${table}
        WHERE ${scoped(tenant, range, { hours: true })} AND ${of} IN (${p.texts(whose)})
          AND toString(event_id) IN (${p.texts(samples.map(({ eventId }) => eventId))})
        LIMIT 1 BY event_id`,
      row,
    })
    const rows = await clickHouse.query(query, options)
    return new Map(rows.map((each) => [each.event_id, each.document]))
  }
