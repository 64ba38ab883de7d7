import type { TenantId } from '../platform/ids.ts'
import type { Batch } from './batches.ts'
import type { Line } from './dataset.ts'
import type { DeadRow } from './store.ts'

export type Rows = ReadonlyMap<TenantId, readonly Line[]>

/** The rows that a batch stored, per tenant: all of its tenants, or some. */
export type Stored = {
  readonly tenants: ReadonlySet<TenantId>
  rowsOf(tenants: ReadonlySet<TenantId>): Rows
}

/**
 * Read from the lines, so that a row that was refused by the store or dropped as a duplicate moves nothing.
 * Throws SyntaxError for a line that ClickHouse reads and JSON is not (`.5`).
 */
export const storedBy = ({ entries }: Batch, dead: readonly DeadRow[]): Stored => {
  const refused = new Set(dead.map((row) => row.line))
  return {
    tenants: new Set(entries.map(({ tenant }) => tenant)),
    rowsOf: (tenants) => {
      const rows = new Map<TenantId, Line[]>()
      for (const { tenant, lines } of entries) {
        if (!tenants.has(tenant)) continue
        const text = lines.toString().trimEnd().split('\n')
        const kept = refused.size > 0 ? text.filter((line) => !refused.has(line)) : text
        const parsed = JSON.parse(`[${kept.join(',')}]`) as Line[]
        const known = rows.get(tenant)
        if (known) for (const row of parsed) known.push(row)
        else rows.set(tenant, parsed)
      }
      return rows
    },
  }
}
