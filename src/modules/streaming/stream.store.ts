import type { Prisma } from '../../../generated/prisma/client.ts'
import type { StreamStatus } from '../../../generated/prisma/enums.ts'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { outboxEvent, type OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { updateRows, type Columns } from '../../platform/postgres/update-rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'
import { follow } from '../../ingest/follow.ts'
import type { NewStreamKey } from './stream-key.store.ts'
import { afterFact, moved, type StreamFact } from './stream.rules.ts'
import { streamChangedTopic, type StreamChange } from './stream.topics.ts'

export type StreamRow = Prisma.StreamGetPayload<object>
/** What a new stream and its first key are made of; ids and hashes come from the service. */
export type NewStream = Omit<Prisma.StreamUncheckedCreateInput, 'tenantId' | 'keys'> & { key: NewStreamKey }
export type StreamFields = Partial<
  Pick<StreamRow, 'title' | 'description' | 'isPublic' | 'maxViewers' | 'recordingMode'>
>
type Writer = Permit<'stream:write'>

/** Deleted streams are never seen. */
const seen = { deletedAt: null } as const

/** A stream that is not deleted; its row is held until the transaction ends. */
export const lockedStream = async (tx: PrismaTransaction, tenantId: TenantId, id: string) => {
  await tx.$queryRaw`SELECT 1 FROM streams WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`
  return tx.stream.findFirst({ where: { tenantId, id, ...seen } })
}

/** The same of many, by the names that facts have for them. */
const lockedNames = async (tx: PrismaTransaction, tenantId: TenantId, internalNames: readonly string[]) => {
  await tx.$queryRaw`
    SELECT 1 FROM streams WHERE tenant_id = ${tenantId}::uuid AND internal_name = ANY(${internalNames})
    ORDER BY id FOR NO KEY UPDATE`
  return tx.stream.findMany({ where: { tenantId, internalName: { in: [...internalNames] }, ...seen } })
}

/** Nothing told the status of a new stream yet: whatever comes first does, whose clock may be behind ours. */
const NEVER = new Date(0)

/** What facts move. */
const followed: Columns<StreamRow> = [
  ['status', 'status', 'stream_status'],
  ['statusAt', 'status_at', 'timestamptz'],
  ['startedAt', 'started_at', 'timestamptz'],
  ['endedAt', 'ended_at', 'timestamptz'],
]

const audited = ({ title, description, isPublic, maxViewers, recordingMode }: StreamRow) => ({
  title,
  description,
  isPublic,
  maxViewers,
  recordingMode,
})
const statusOf = ({ status, startedAt, endedAt }: StreamRow) => ({ status, startedAt, endedAt })

/** What subscribers are told of a stream after a change. */
const told = (
  { actor }: Pick<Writer, 'actor'>,
  kind: StreamChange['kind'],
  before: StreamStatus | null,
  { id: streamId, status }: StreamRow,
  at: Date,
): OutboxEvent => {
  const id = uuidv7()
  const change = { kind, actor: actorLabel(actor), before, status, at: at.toISOString() }
  return outboxEvent(streamChangedTopic, id, { id, streamId, ...change })
}

/** Only this file writes streams; their keys are written by `stream-key.store.ts`. */
export const createStreamStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'stream', seen),

  /** Throws Prisma's P2002 when the internal name or the playback id is taken. */
  create: (permit: Writer, { key, ...stream }: NewStream) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        const result = await tx.stream.create({ data: { ...stream, tenantId, statusAt: NEVER } })
        await tx.streamKey.create({ data: { ...key, tenantId, streamId: result.id } })
        const { title, internalName, isPublic, maxViewers, recordingMode } = result
        const after = { title, internalName, isPublic, maxViewers, recordingMode, keyPrefix: key.prefix }
        const audit = { as: 'createStream', of: ['Stream', result.id], after } as const
        return { result, audit, events: [told(permit, 'CREATED', null, result, result.createdAt)] }
      },
      (tx, id) => tx.stream.findFirst({ where: { tenantId, id, ...seen } }),
    )
  },

  /** Makes the streams whose internal names are free. It is nobody's act: subscribers are told nothing. */
  ensure: async (
    tenant: TenantId,
    streams: readonly Omit<Prisma.StreamCreateManyInput, 'tenantId'>[],
  ): Promise<void> => {
    await postgres.forTenant(tenant).stream.createMany({
      data: streams.map((stream) => ({ ...stream, tenantId: tenant })),
      skipDuplicates: true,
    })
  },

  /** Null when there is no such stream. What is given and differs is changed and told. */
  update: (permit: Writer, id: string, data: StreamFields, at: Date) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await lockedStream(tx, tenantId, id)
      if (!found) return null
      const result = await tx.stream.update({ where: { tenantId_id: { tenantId, id } }, data })
      const fields = changed(audited(found), audited(result))
      const differs = Object.keys(fields.after).length > 0
      const events = differs ? [told(permit, 'UPDATED', found.status, result, at)] : []
      return { result, audit: { as: 'updateStream', of: ['Stream', id], ...fields }, events }
    }),

  /**
   * Moves a stream where `next` says, which sees it under a lock and may throw: of two acts at once the second
   * finds what the first left. Null when there is no such stream.
   */
  move: (
    permit: Writer,
    id: string,
    as: 'startStream' | 'endStream',
    next: (found: StreamRow) => StreamStatus,
    at: Date,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await lockedStream(tx, tenantId, id)
      if (!found) return null
      const data = moved(found, next(found), at)
      const result = await tx.stream.update({ where: { tenantId_id: { tenantId, id } }, data })
      const fields = changed(statusOf(found), statusOf(result))
      const events = [told(permit, 'STATUS_CHANGED', found.status, result, at)]
      return { result, audit: { as, of: ['Stream', id], ...fields }, events }
    }),

  /** Its rows stay, and its keys end. `check` sees it under a lock and may throw. Null when there is none. */
  markDeleted: (permit: Writer, id: string, check: (found: StreamRow) => void, at: Date) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await lockedStream(tx, tenantId, id)
      if (!found) return null
      check(found)
      const where = { tenantId_id: { tenantId, id } }
      const result = await tx.stream.update({ where, data: { deletedAt: at } })
      await tx.streamKey.updateMany({
        where: { tenantId, streamId: id, isActive: true },
        data: { isActive: false },
      })
      const { title, internalName, status } = found
      const before = { title, internalName, status, deletedAt: null }
      const audit = { as: 'deleteStream', of: ['Stream', id], before, after: { deletedAt: at } } as const
      return { result, audit, events: [told(permit, 'DELETED', status, result, at)] }
    }),

  /** What facts make of the streams whose internal names they name, however many, by three statements. */
  follow: (permit: Writer, facts: ReadonlyMap<string, readonly StreamFact[]>) =>
    changes(permit, async (tx) => {
      const found = await lockedNames(tx, permit.tenant, [...facts.keys()])
      const factsOf = ({ internalName }: StreamRow) => facts.get(internalName) ?? []
      const { moved: rows, steps } = follow(found, factsOf, afterFact)
      await updateRows(tx, permit.tenant, 'streams', followed, rows)
      const events = steps
        .filter(({ before, row }) => before.status !== row.status)
        .map(({ before, row, fact }) => told(permit, 'STATUS_CHANGED', before.status, row, fact.at))
      return { result: events.length, audit: null, events }
    }),
})

export type StreamStore = ReturnType<typeof createStreamStore>
