import type { Client } from 'pg'
import { auditHash } from '../../src/modules/audit/audit.chain.ts'
import type { ChainedRow } from '../../src/modules/audit/audit.store.ts'

const ROWS = `
  SELECT tenant_id AS "tenantId", sequence::float8 AS sequence, id, created_at AS "createdAt", actor_kind AS "actorKind",
         actor_id AS "actorId", actor, action, resource_type AS "resourceType", resource_id AS "resourceId", before, after,
         address, user_agent AS "userAgent", request_id AS "requestId", outcome, code
    FROM audit_logs WHERE tenant_id = $1 ORDER BY sequence`

/**
 * Makes the rows of a chain up to one of them older, and all hashes right again: as if they had been written
 * then. For a superuser, past the triggers.
 */
export const backdate = async (
  superuser: Client,
  tenant: string,
  upTo: number,
  days: number,
): Promise<void> => {
  await superuser.query('BEGIN; SET LOCAL session_replication_role = replica')
  const { rows } = await superuser.query<ChainedRow>(ROWS, [tenant])
  let previous: Buffer = Buffer.alloc(32)
  for (const row of rows) {
    const ms = row.sequence <= upTo ? days * 86_400_000 : 0
    const createdAt = new Date(row.createdAt.getTime() - ms)
    const hash = auditHash(previous, { ...row, createdAt })
    await superuser.query(
      'UPDATE audit_logs SET created_at = $3, prev_hash = $4, hash = $5 WHERE tenant_id = $1 AND sequence = $2',
      [tenant, row.sequence, createdAt, previous, hash],
    )
    previous = hash
  }
  await superuser.query('UPDATE audit_heads SET hash = $2 WHERE tenant_id = $1', [tenant, previous])
  await superuser.query('COMMIT')
}
