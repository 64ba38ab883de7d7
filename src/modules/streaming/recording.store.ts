import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { outboxEvent } from '../../platform/outbox.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { ConflictError } from '../../platform/problems.ts'
import type { Core } from '../core.ts'
import { recordingChangedTopic } from './recording.topics.ts'

type Row = Prisma.RecordingGetPayload<object>

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
        const stream = { tenantId, id: data.streamId, deletedAt: null }
        if ((await tx.stream.count({ where: stream })) === 0) return null
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
      const where = { tenantId: permit.tenant, id, deletedAt: null }
      const before = await tx.recording.findFirst({ where })
      if (!before) return null
      // Another program's clock may be ahead of this one's: nothing ends before it began.
      const endedAt = at < before.startedAt ? before.startedAt : at
      const durationMs = endedAt.getTime() - before.startedAt.getTime()
      const after = { status: 'FINISHED', endedAt, durationMs, ...file } as const
      const [result] = await tx.recording.updateManyAndReturn({
        where: { ...where, status: 'RECORDING' },
        data: after,
      })
      if (!result) throw new ConflictError('This recording does not run any more.', ['id'])
      const audit = {
        as: 'stopRecording',
        of: ['Recording', id],
        before: { status: before.status },
        after,
      } as const
      return { result, audit, events: [changed(result, endedAt)] }
    }),
})

export type RecordingStore = ReturnType<typeof createRecordingStore>
