import type { TenantId } from '../platform/ids.ts'
import type { Batch } from './batches.ts'
import type { Dataset, Row } from './dataset.ts'
import type { DeadRow } from './store.ts'

/** What one stored batch tells the live side, per tenant. Read from the lines, so that a row that was refused by the
 * store or dropped as a duplicate moves no live number. */
export const digestsOf = (
  dataset: Dataset,
  batch: Batch,
  dead: readonly DeadRow[],
  nowMs: number,
): Map<TenantId, unknown> => {
  const digests = new Map<TenantId, unknown>()
  if (!dataset.live) return digests
  const refused = new Set(dead.map((row) => row.line))
  const rows = new Map<TenantId, Row[]>()
  for (const { tenant, lines } of batch.entries) {
    const text = lines.toString().trimEnd().split('\n')
    const kept = refused.size > 0 ? text.filter((line) => !refused.has(line)) : text
    const parsed = JSON.parse(`[${kept.join(',')}]`) as Row[]
    const known = rows.get(tenant)
    if (known) for (const row of parsed) known.push(row)
    else rows.set(tenant, parsed)
  }
  for (const [tenant, all] of rows) {
    const digest = dataset.live(all, nowMs)
    if (digest !== undefined) digests.set(tenant, digest)
  }
  return digests
}
