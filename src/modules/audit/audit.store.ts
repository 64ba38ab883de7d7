import type { Prisma } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { ScopedRun } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { tenantScope } from '../../platform/postgres/scope.ts'
import type { Core } from '../core.ts'
import { appendAudit, type UnaskedEntry } from './audit.append.ts'
import type { AuditRecord } from './audit.chain.ts'

export type AuditRow = Prisma.AuditLogGetPayload<object>
/** A row as it is stored, hashes included. */
export type ChainedRow = AuditRecord & { readonly prevHash: Buffer; readonly hash: Buffer }
export type ChainHead = { sequence: number; hash: Buffer; firstSequence: number; firstPrevHash: Buffer }

export type ChainReader = {
  head(): Promise<ChainHead | undefined>
  /** At most `limit` rows after that sequence, in order; null: from the first one that there is, whatever its number. */
  after(sequence: number | null, limit: number): Promise<ChainedRow[]>
}

type Stored = Omit<ChainedRow, 'sequence'> & { sequence: string }

const READ_HEAD = `
  SELECT sequence::float8 AS sequence, hash, first_sequence::float8 AS "firstSequence", first_prev_hash AS "firstPrevHash"
    FROM audit_heads WHERE tenant_id = $1`
const READ_ROWS = `
  SELECT tenant_id AS "tenantId", sequence, id, created_at AS "createdAt", actor_kind AS "actorKind", actor_id AS "actorId",
         actor, action, resource_type AS "resourceType", resource_id AS "resourceId", before, after, address,
         user_agent AS "userAgent", request_id AS "requestId", outcome, code, prev_hash AS "prevHash", hash
    FROM audit_logs WHERE tenant_id = $1 AND sequence > coalesce($2, '-9223372036854775808'::bigint) ORDER BY sequence LIMIT $3`

const readerOf = (query: ScopedRun, tenant: TenantId): ChainReader => ({
  head: async () => (await query<ChainHead>({ text: READ_HEAD, values: [tenant] }))[0],
  after: async (sequence, limit) =>
    (await query<Stored>({ text: READ_ROWS, values: [tenant, sequence, limit] })).map((row) => ({
      ...row,
      sequence: Number(row.sequence),
    })),
})

/**
 * Only this file and `audit.prune.store.ts` read the audit log; rows are added by `appendAudit`, in the
 * transactions of the changes.
 */
export const createAuditStore = ({ postgres }: Pick<Core, 'postgres'>) => ({
  reads: rowsOf(postgres, 'auditLog'),

  /** Adds a row that belongs to no change: what was denied or failed. */
  append: (tenant: TenantId, entry: UnaskedEntry): Promise<void> =>
    postgres
      .forTenant(tenant)
      .$transaction((tx) => appendAudit(tx, tenant, { ...entry, requires: 'nobody asks' })),

  /** The chain as it stood at one moment, whatever is added meanwhile. */
  readChain: <T>(tenant: TenantId, work: (reader: ChainReader) => Promise<T>): Promise<T> =>
    postgres.transaction(tenantScope(tenant), async (query) => {
      await query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' })
      return work(readerOf(query, tenant))
    }),
})

export type AuditStore = ReturnType<typeof createAuditStore>
