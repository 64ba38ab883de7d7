import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Actor } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { appendAudit } from '../audit/audit.append.ts'

/** What a new stream and its first key are made of; ids and hashes come from the service. */
export type NewStream = Omit<Prisma.StreamUncheckedCreateInput, 'tenantId' | 'keys'> & { key: NewStreamKey }
export type NewStreamKey = { id: string; name: string; prefix: string; hash: Uint8Array<ArrayBuffer> }

/** Only this file reads and writes streams and their keys. Deleted streams are never seen. */
export const createStreamStore = ({ postgres }: { postgres: Postgres }) => ({
  page: (tenant: TenantId, page: Prisma.StreamFindManyArgs) =>
    postgres.forTenant(tenant).stream.findMany({
      ...page,
      where: { AND: [{ tenantId: tenant, deletedAt: null }, page.where ?? {}] },
    }),

  count: (tenant: TenantId, where: Prisma.StreamWhereInput): Promise<number> =>
    postgres
      .forTenant(tenant)
      .stream.count({ where: { AND: [{ tenantId: tenant, deletedAt: null }, where] } }),

  find: (tenant: TenantId, id: string, query: Prisma.StreamDefaultArgs = {}) =>
    postgres
      .forTenant(tenant)
      .stream.findFirst({ ...query, where: { tenantId: tenant, id, deletedAt: null } }),

  findByInternalName: (tenant: TenantId, internalName: string, query: Prisma.StreamDefaultArgs = {}) =>
    postgres
      .forTenant(tenant)
      .stream.findFirst({ ...query, where: { tenantId: tenant, internalName, deletedAt: null } }),

  /** Throws Prisma's P2002 when the internal name or the playback id is taken. */
  create: (tenant: TenantId, actor: Actor, { key, ...stream }: NewStream) =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const made = await tx.stream.create({ data: { ...stream, tenantId: tenant } })
      await tx.streamKey.create({ data: { ...key, tenantId: tenant, streamId: stream.id } })
      const { title, internalName, isPublic, maxViewers } = made
      await appendAudit(tx, tenant, {
        actor,
        action: 'createStream',
        requires: 'stream:write',
        resourceType: 'Stream',
        resourceId: made.id,
        after: { title, internalName, isPublic, maxViewers, keyPrefix: key.prefix },
      })
      return made
    }),

  /** Makes the streams whose internal names are free. */
  ensure: async (
    tenant: TenantId,
    streams: readonly Omit<Prisma.StreamCreateManyInput, 'tenantId'>[],
  ): Promise<void> => {
    await postgres.forTenant(tenant).stream.createMany({
      data: streams.map((stream) => ({ ...stream, tenantId: tenant })),
      skipDuplicates: true,
    })
  },

  /** Puts a new key in the place of all active ones. Answers null when there is no such stream. */
  replaceKeys: (tenant: TenantId, actor: Actor, streamId: string, key: NewStreamKey) =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      // The row lock makes two rotations at once follow each other, so that one key is left and not two.
      const found = await tx.$queryRaw<unknown[]>`
        SELECT 1 FROM streams WHERE tenant_id = ${tenant}::uuid AND id = ${streamId}::uuid AND deleted_at IS NULL FOR UPDATE`
      if (found.length === 0) return null
      const old = await tx.streamKey.updateManyAndReturn({
        where: { tenantId: tenant, streamId, isActive: true },
        data: { isActive: false },
        select: { prefix: true },
      })
      await tx.streamKey.create({ data: { ...key, tenantId: tenant, streamId } })
      const stream = await tx.stream.findFirstOrThrow({ where: { tenantId: tenant, id: streamId } })
      await appendAudit(tx, tenant, {
        actor,
        action: 'rotateStreamKey',
        requires: 'stream:write',
        resourceType: 'Stream',
        resourceId: streamId,
        before: { keyPrefixes: old.map(({ prefix }) => prefix) },
        after: { keyPrefixes: [key.prefix] },
      })
      return stream
    }),

  /** Makes the given streams live or offline; for the demo and, later, for the ingest of stream events. */
  setStatus: (
    tenant: TenantId,
    internalNames: readonly string[],
    status: 'LIVE' | 'OFFLINE' | 'ENDED',
    at: Date,
  ) =>
    postgres.forTenant(tenant).stream.updateMany({
      where: { tenantId: tenant, internalName: { in: [...internalNames] }, status: { not: status } },
      data: status === 'LIVE' ? { status, startedAt: at, endedAt: null } : { status, endedAt: at },
    }),
})

export type StreamStore = ReturnType<typeof createStreamStore>
