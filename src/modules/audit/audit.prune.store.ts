import type { Client } from 'pg'
import { operator } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { ScopedRun } from '../../platform/postgres/run.ts'
import { appendAudit } from './audit.append.ts'

/**
 * Rows that one transaction removes, in 60 ms at most as measured; meanwhile mutations of the tenant wait for
 * the chain.
 */
const BATCH = 10_000

/** What a removal is called in the chain itself; it tells where the chain begins since. */
export const PRUNED = 'pruneAuditLog'

type Head = { first: number; newest: number }
type Kept = { sequence: number; prevHash: Buffer }

const HOLD_HEAD = `
  SELECT first_sequence::float8 AS first, sequence::float8 AS newest FROM audit_heads WHERE tenant_id = $1 FOR UPDATE`
// Rows are in the order of their times. The first that is young enough, or the last that this transaction
// looks at, stays.
const FIRST_KEPT = `
  SELECT sequence::float8 AS sequence, prev_hash AS "prevHash" FROM audit_logs
   WHERE tenant_id = $1 AND sequence >= $2 AND (created_at >= $3 OR sequence >= $4) ORDER BY sequence LIMIT 1`
const BEGIN_WITH = 'UPDATE audit_heads SET first_sequence = $2, first_prev_hash = $3 WHERE tenant_id = $1'

/** Removes the oldest rows, `batch` at most, and says so in the chain itself. Answers how many. */
const pruneBatch = async (run: ScopedRun, tenant: TenantId, before: Date, batch: number): Promise<number> => {
  const settings = `SELECT set_config('app.tenant_id', $1, true), set_config('app.audit_retention', 'on', true)`
  await run({ text: settings, values: [tenant] })
  const [head] = await run<Head>({ text: HOLD_HEAD, values: [tenant] })
  if (!head) return 0
  const { first, newest } = head
  const values = [tenant, first, before, Math.min(newest, first + batch)]
  const [kept] = await run<Kept>({ text: FIRST_KEPT, values })
  if (!kept || kept.sequence === first) return 0
  const { sequence, prevHash } = kept
  await run({
    text: 'DELETE FROM audit_logs WHERE tenant_id = $1 AND sequence < $2',
    values: [tenant, sequence],
  })
  await run({ text: BEGIN_WITH, values: [tenant, sequence, prevHash] })
  await appendAudit(run, tenant, {
    actor: operator,
    action: PRUNED,
    requires: 'nobody asks',
    before: { firstSequence: first },
    after: { firstSequence: sequence },
  })
  return sequence - first
}

/**
 * Removes the rows of a whole chain that were written before a time, oldest first and never the newest.
 * `owner` is a connection of the tables' owner. The chain is whole after each transaction; each adds a row
 * that tells what was removed.
 */
export const pruneChain = async (
  owner: Client,
  tenant: TenantId,
  before: Date,
  { batch = BATCH, onRemoved }: { batch?: number; onRemoved?: (rows: number) => void } = {},
): Promise<number> => {
  const run: ScopedRun = async (config) => (await owner.query<never>(config)).rows
  for (let removed = 0; ; onRemoved?.(removed)) {
    await owner.query('BEGIN')
    const rows = await pruneBatch(run, tenant, before, batch)
    await owner.query('COMMIT')
    removed += rows
    if (rows < batch) return removed
  }
}
