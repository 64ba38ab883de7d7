import { Prisma } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { updateRows, type Columns } from '../../platform/postgres/update-rows.ts'
import type { Followed } from '../audit/audit.change.ts'
import { silentFor, silentFrom } from './silence.rules.ts'

/** What is watched: its health as it was told, and when it was heard last. */
type Heard = {
  readonly id: string
  readonly health: string
  readonly healthSince: Date
  readonly lastHeartbeatAt: Date | null
}
/** The rows of a tenant that have fallen silent and were not told to be: a condition of Prisma's. */
type Silent = {
  readonly tenantId: TenantId
  readonly health: { readonly not: 'STALE' }
  readonly lastHeartbeatAt: { readonly lt: Date }
}

/**
 * Makes those of a tenant's rows STALE that have fallen silent, however many, by three statements; null when none
 * has. Who was never heard can't fall silent.
 */
export const markSilent = async <Row extends Heard>(
  tx: PrismaTransaction,
  tenantId: TenantId,
  nowMs: number,
  watched: {
    readonly table: 'edge_nodes' | 'service_instances'
    /** Who of them is to be heard, as `find` has it too: ` AND …`, or nothing. */
    readonly expected: Prisma.Sql
    readonly find: (where: Silent) => Promise<readonly Row[]>
    /** What subscribers are told of one. */
    readonly told: (before: Row, row: Row) => OutboxEvent
  },
): Promise<Followed<number> | null> => {
  const { table, expected, find, told } = watched
  const before = silentFor(new Date(nowMs))
  await tx.$queryRaw`
    SELECT 1 FROM ${Prisma.raw(table)}
     WHERE tenant_id = ${tenantId}::uuid AND health <> 'STALE' AND last_heartbeat_at < ${before} ${expected}
     ORDER BY id FOR NO KEY UPDATE`
  // Looked at again: who was heard while this waited for its row is not silent.
  const found = await find({ tenantId, health: { not: 'STALE' }, lastHeartbeatAt: { lt: before } })
  if (found.length === 0) return null
  const rows = found.map((row) => ({
    ...row,
    health: 'STALE',
    healthSince: silentFrom(row.lastHeartbeatAt!),
  }))
  const columns: Columns<Heard> = [
    ['health', 'health', table === 'edge_nodes' ? 'edge_node_health' : 'service_instance_health'],
    ['healthSince', 'health_since', 'timestamptz'],
  ]
  await updateRows(tx, tenantId, table, columns, rows)
  return { result: rows.length, audit: null, events: found.map((row, index) => told(row, rows[index]!)) }
}
