import type { Prisma } from '../../../generated/prisma/client.ts'
import type { ClipStatus } from '../../../generated/prisma/enums.ts'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { outboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { updateRows, type Columns } from '../../platform/postgres/update-rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'
import { clipAfter, isOver, type ClipFact } from './clip.rules.ts'
import { follow } from '../../ingest/follow.ts'
import { clipChangedTopic, type ClipChange } from './clip.topics.ts'
import { isSeen } from './said.rules.ts'
import { lockedStream } from './stream.store.ts'

export type ClipRow = Prisma.ClipGetPayload<object>
export type NewClip = Pick<
  ClipRow,
  'id' | 'streamId' | 'title' | 'startsAt' | 'durationMs' | 'retentionUntil'
>
type Writer = Permit<'clip:write'>

/** Deleted clips are never seen. */
const seen = { deletedAt: null } as const

/** Clips that are not deleted; their rows are held until the transaction ends. */
const lockedClips = async (tx: PrismaTransaction, tenantId: TenantId, ids: readonly string[]) => {
  await tx.$queryRaw`
    SELECT 1 FROM clips WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${ids}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`
  return tx.clip.findMany({ where: { tenantId, id: { in: [...ids] }, ...seen } })
}
const lockedClip = async (tx: PrismaTransaction, tenantId: TenantId, id: string) =>
  (await lockedClips(tx, tenantId, [id]))[0] ?? null

/** What facts move. */
const followed: Columns<ClipRow> = [
  ['status', 'status', 'clip_status'],
  ['statusAt', 'status_at', 'timestamptz'],
  ['progress', 'progress', 'integer'],
  ['sizeBytes', 'size_bytes', 'bigint'],
  ['sizeAt', 'size_at', 'timestamptz'],
  ['storagePath', 'storage_path', 'text'],
  ['pathAt', 'path_at', 'timestamptz'],
  ['failure', 'failure', 'text'],
  ['failureAt', 'failure_at', 'timestamptz'],
]

const isShown = isSeen<ClipRow>('status', 'statusAt', 'progress', 'sizeBytes', 'storagePath', 'failure')

/** What subscribers are told of a clip after a change. */
const told = (
  { actor }: Pick<Writer, 'actor'>,
  kind: ClipChange['kind'],
  before: ClipStatus | null,
  { id: clipId, streamId, status, progress }: ClipRow,
  at: Date,
) => {
  const id = uuidv7()
  const right = { kind, actor: actorLabel(actor), before, status, progress, at: at.toISOString() }
  return outboxEvent(clipChangedTopic, id, { id, clipId, streamId, ...right })
}
const audited = ({ title, retentionUntil }: ClipRow) => ({ title, retentionUntil })

/** Only this file writes clips. What is not found is answered by null. */
export const createClipStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'clip', seen),

  /** Null when there is no such stream. */
  create: (permit: Writer, clip: NewClip, at: Date) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        if (!(await lockedStream(tx, tenantId, clip.streamId))) return null
        const requestedBy = actorLabel(permit.actor)
        const result = await tx.clip.create({ data: { ...clip, tenantId, requestedBy, statusAt: at } })
        const { streamId, title, startsAt, durationMs, retentionUntil } = result
        const after = { streamId, title, startsAt, durationMs, retentionUntil }
        const audit = { as: 'createClip', of: ['Clip', result.id], after } as const
        return { result, audit, events: [told(permit, 'REQUESTED', null, result, at)] }
      },
      (tx, id) => tx.clip.findFirst({ where: { tenantId, id, ...seen } }),
    )
  },

  update: (permit: Writer, id: string, data: Partial<Pick<ClipRow, 'title' | 'retentionUntil'>>, at: Date) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await lockedClip(tx, tenantId, id)
      if (!found) return null
      const result = await tx.clip.update({ where: { tenantId_id: { tenantId, id } }, data })
      const fields = changed(audited(found), audited(result))
      const differs = Object.keys(fields.after).length > 0
      const events = differs ? [told(permit, 'UPDATED', found.status, result, at)] : []
      return { result, audit: { as: 'updateClip', of: ['Clip', id], ...fields }, events }
    }),

  /** The clips whose time is over, those that are due the longest first. */
  due: async (tenantId: TenantId, at: Date, most: number): Promise<string[]> => {
    const rows = await postgres.forTenant(tenantId).clip.findMany({
      where: { tenantId, retentionUntil: { lte: at }, ...seen },
      orderBy: [{ retentionUntil: 'asc' }, { id: 'asc' }],
      take: most,
      select: { id: true },
    })
    return rows.map(({ id }) => id)
  },

  /** Its row stays. With `due` only where its time is over: somebody may have given it more since. */
  markDeleted: (permit: Writer, id: string, at: Date, due = false) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await lockedClip(tx, tenantId, id)
      if (!found || (due && !isOver(found, at))) return null
      const where = { tenantId_id: { tenantId, id } }
      const result = await tx.clip.update({ where, data: { deletedAt: at } })
      const before = { ...audited(found), status: found.status, deletedAt: null }
      const audit = { as: 'deleteClip', of: ['Clip', id], before, after: { deletedAt: at } } as const
      return { result, audit, events: [told(permit, 'DELETED', found.status, result, at)] }
    }),

  /** What facts make of the clips whose ids they name, however many, by three statements. */
  follow: (permit: Writer, facts: ReadonlyMap<string, readonly ClipFact[]>) =>
    changes(permit, async (tx) => {
      const found = await lockedClips(tx, permit.tenant, [...facts.keys()])
      const { moved, steps } = follow(found, ({ id }) => facts.get(id) ?? [], clipAfter)
      await updateRows(tx, permit.tenant, 'clips', followed, moved)
      const events = steps
        .filter(isShown)
        .map(({ before, row, fact }) => told(permit, 'PROGRESSED', before.status, row, fact.at))
      return { result: events.length, audit: null, events }
    }),
})

export type ClipStore = ReturnType<typeof createClipStore>
