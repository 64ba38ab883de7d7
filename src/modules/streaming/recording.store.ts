import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { outboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { updateRows, type Columns } from '../../platform/postgres/update-rows.ts'
import { ConflictError } from '../../platform/problems.ts'
import type { Core } from '../core.ts'
import { follow } from '../../ingest/follow.ts'
import { recordingAfter, type RecordingFact } from './recording.rules.ts'
import { recordingChangedTopic } from './recording.topics.ts'
import { isSeen } from './said.rules.ts'
import { lockedStream } from './stream.store.ts'

type Row = Prisma.RecordingGetPayload<object>

/** Recordings that are not deleted; their rows are held until the transaction ends. */
const lockedRecordings = async (tx: PrismaTransaction, tenantId: TenantId, ids: readonly string[]) => {
  await tx.$queryRaw`
    SELECT 1 FROM recordings WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${ids}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`
  return tx.recording.findMany({ where: { tenantId, id: { in: [...ids] }, deletedAt: null } })
}
const lockedRecording = async (tx: PrismaTransaction, tenantId: TenantId, id: string) =>
  (await lockedRecordings(tx, tenantId, [id]))[0] ?? null

const recordingMoved = (row: Row, fact: RecordingFact): Partial<Row> | null => {
  const after = recordingAfter(row, fact)
  return after && { ...after, durationMs: BigInt(after.durationMs) }
}

/** What facts move. */
const followed: Columns<Row> = [
  ['status', 'status', 'recording_status'],
  ['endedAt', 'ended_at', 'timestamptz'],
  ['durationMs', 'duration_ms', 'bigint'],
  ['sizeBytes', 'size_bytes', 'bigint'],
  ['sizeAt', 'size_at', 'timestamptz'],
  ['manifestPath', 'manifest_path', 'text'],
  ['pathAt', 'path_at', 'timestamptz'],
]

const seen = isSeen<Row>('status', 'endedAt', 'sizeBytes', 'manifestPath')

/** What subscribers are told of a recording after a change. */
const changed = ({ id: recordingId, streamId, status }: Row, at: Date) => {
  const id = uuidv7()
  return outboxEvent(recordingChangedTopic, id, { id, recordingId, streamId, status, at: at.toISOString() })
}

/** Only this file writes recordings. Deleted ones are never seen. */
export const createRecordingStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'recording', { deletedAt: null }),

  /** Null when there is no such stream. Throws P2002 while a recording of the stream runs. */
  start: (permit: Permit<'recording:write'>, data: { id: string; streamId: string; startedAt: Date }) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        if (!(await lockedStream(tx, tenantId, data.streamId))) return null
        const result = await tx.recording.create({ data: { ...data, tenantId } })
        const { streamId, startedAt } = result
        const audit = {
          as: 'startRecording',
          of: ['Recording', result.id],
          after: { streamId, startedAt },
        } as const
        return { result, audit, events: [changed(result, startedAt)] }
      },
      (tx, id) => tx.recording.findFirst({ where: { tenantId, id, deletedAt: null } }),
    )
  },

  /**
   * Null when there is no such recording. Throws ConflictError when it does not run: of two at once one stops
   * it.
   */
  stop: (
    permit: Permit<'recording:write'>,
    id: string,
    at: Date,
    file: { sizeBytes: bigint | null; manifestPath: string | null },
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const before = await lockedRecording(tx, tenantId, id)
      if (!before) return null
      const after =
        before.status === 'RECORDING' && recordingAfter(before, { status: 'FINISHED', at, ...file })
      if (!after) throw new ConflictError('This recording does not run any more.', ['id'])
      const result = await tx.recording.update({ where: { tenantId_id: { tenantId, id } }, data: after })
      const { sizeAt: _size, pathAt: _path, ...shown } = after
      const audit = {
        as: 'stopRecording',
        of: ['Recording', id],
        before: { status: before.status },
        after: shown,
      } as const
      return { result, audit, events: [changed(result, after.endedAt)] }
    }),

  /** What facts make of the recordings whose ids they name, however many, by three statements. */
  follow: (permit: Permit<'recording:write'>, facts: ReadonlyMap<string, readonly RecordingFact[]>) =>
    changes(permit, async (tx) => {
      const found = await lockedRecordings(tx, permit.tenant, [...facts.keys()])
      const { moved, steps } = follow(found, ({ id }) => facts.get(id) ?? [], recordingMoved)
      await updateRows(tx, permit.tenant, 'recordings', followed, moved)
      const events = steps.filter(seen).map(({ row }) => changed(row, row.endedAt ?? row.startedAt))
      return { result: events.length, audit: null, events }
    }),
})

export type RecordingStore = ReturnType<typeof createRecordingStore>
