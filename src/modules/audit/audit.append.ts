import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Actor } from '../../auth/actor.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { auditHash, GENESIS, type AuditOutcome, type AuditRecord } from './audit.chain.ts'
import { auditValue, cleanText } from './audit.redact.ts'

export type AuditEntry = {
  readonly actor: Actor
  /** What was done, by the name of the mutation that does it: `createStream`. */
  readonly action: string
  readonly resourceType?: string | null
  readonly resourceId?: string | null
  /** The fields that changed, as they were and as they are. Never a whole input, never a secret. */
  readonly before?: object | null
  readonly after?: object | null
  readonly outcome?: AuditOutcome
  /** The error code of what was denied or failed. */
  readonly code?: string | null
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

type Head = { sequence: bigint; hash: Uint8Array; now: Date }

/**
 * Adds a row to the tenant's chain in the transaction of the change that it tells of: both stand or neither. Taking the head
 * locks it until the commit, so appends of one tenant follow each other and the chain can't fork.
 *
 * Call it last in the transaction: whoever holds the head waits for no other row, and so two transactions never wait for
 * each other. The time is the database's, read under the lock, so that it grows with the sequence whatever the programs' clocks say.
 */
export const appendAudit = async (
  tx: Prisma.TransactionClient,
  tenant: TenantId,
  entry: AuditEntry,
): Promise<void> => {
  const [head] = await tx.$queryRaw<[Head]>`
    INSERT INTO audit_heads (tenant_id, sequence, hash, first_prev_hash) VALUES (${tenant}::uuid, 1, ${GENESIS}, ${GENESIS})
    ON CONFLICT (tenant_id) DO UPDATE SET sequence = audit_heads.sequence + 1
    RETURNING sequence, hash, date_trunc('milliseconds', clock_timestamp()) AS now`
  const { actor } = entry
  const row: AuditRecord = {
    tenantId: tenant,
    sequence: Number(head.sequence),
    id: uuidv7(),
    createdAt: head.now,
    actorKind: actor.kind,
    actorId: actor.id,
    actor: cleanText(actor.name),
    action: cleanText(entry.action),
    resourceType: entry.resourceType ?? null,
    resourceId: entry.resourceId ?? null,
    before: entry.before ? auditValue(entry.before) : null,
    after: entry.after ? auditValue(entry.after) : null,
    address: actor.address,
    userAgent: actor.userAgent === null ? null : cleanText(actor.userAgent),
    requestId: actor.requestId,
    outcome: entry.outcome ?? 'SUCCESS',
    code: entry.code ?? null,
  }
  const hash = auditHash(head.hash, row)
  await tx.$executeRaw`
    WITH added AS (
      INSERT INTO audit_logs (tenant_id, sequence, id, created_at, actor_kind, actor_id, actor, action, resource_type,
                              resource_id, before, after, address, user_agent, request_id, outcome, code, prev_hash, hash)
      VALUES (${tenant}::uuid, ${head.sequence}, ${row.id}::uuid, ${row.createdAt}, ${row.actorKind}, ${row.actorId},
              ${row.actor}, ${row.action}, ${row.resourceType}, ${row.resourceId}, ${json(row.before)}::jsonb,
              ${json(row.after)}::jsonb, ${row.address}, ${row.userAgent}, ${row.requestId},
              ${row.outcome}::"AuditOutcome", ${row.code}, ${head.hash}, ${hash}))
    UPDATE audit_heads SET hash = ${hash} WHERE tenant_id = ${tenant}::uuid`
}
