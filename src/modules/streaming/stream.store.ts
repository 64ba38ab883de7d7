import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import type { Core } from '../core.ts'

/** What a new stream and its first key are made of; ids and hashes come from the service. */
export type NewStream = Omit<Prisma.StreamUncheckedCreateInput, 'tenantId' | 'keys'> & { key: NewStreamKey }
export type NewStreamKey = { id: string; name: string; prefix: string; hash: Uint8Array<ArrayBuffer> }

/** Only this file writes streams and their keys. Deleted streams are never seen. */
export const createStreamStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'stream', { deletedAt: null }),
  keyReads: rowsOf(postgres, 'streamKey'),

  /** Throws Prisma's P2002 when the internal name or the playback id is taken. */
  create: (permit: Permit<'stream:write'>, { key, ...stream }: NewStream) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        const made = await tx.stream.create({ data: { ...stream, tenantId } })
        await tx.streamKey.create({ data: { ...key, tenantId, streamId: made.id } })
        const { title, internalName, isPublic, maxViewers } = made
        const after = { title, internalName, isPublic, maxViewers, keyPrefix: key.prefix }
        return { result: made, audit: { as: 'createStream', of: ['Stream', made.id], after } }
      },
      (tx, id) => tx.stream.findFirst({ where: { tenantId, id, deletedAt: null } }),
    )
  },

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
  replaceKeys: (permit: Permit<'stream:write'>, streamId: string, key: NewStreamKey) =>
    changes(permit, async (tx) => {
      const { tenant } = permit
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
      const result = await tx.stream.findFirstOrThrow({ where: { tenantId: tenant, id: streamId } })
      const before = { keyPrefixes: old.map(({ prefix }) => prefix) }
      const after = { keyPrefixes: [key.prefix] }
      return { result, audit: { as: 'rotateStreamKey', of: ['Stream', streamId], before, after } }
    }),

  /**
   * Moves streams whose status is another one. It follows facts and is nobody's act, so the audit log has no
   * row of it.
   */
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
