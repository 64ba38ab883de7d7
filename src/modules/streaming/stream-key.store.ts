import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { LimitError } from '../../platform/problems.ts'
import type { Core } from '../core.ts'
import { lockedStream } from './stream.store.ts'

export type NewStreamKey = { id: string; name: string; prefix: string; hash: Uint8Array<ArrayBuffer> }
export type StreamKeyRow = Prisma.StreamKeyGetPayload<object>
type Writer = Permit<'stream:write'>

/** Keys of deleted streams are never seen. */
const seen = { stream: { is: { deletedAt: null } } } as const

/** What the audit log may say of a key: never the key, never its hash. */
const audited = ({ name, prefix }: Pick<StreamKeyRow, 'name' | 'prefix'>) => ({ name, prefix })

/**
 * Only this file writes keys of streams, but for a stream's first and for the end of all with their stream
 * (`stream.store.ts`). What is not found is answered by null.
 */
export const createStreamKeyStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  /** For the lists below streams, which are seen themselves. */
  reads: rowsOf(postgres, 'streamKey'),

  find: (tenant: TenantId, id: string) =>
    postgres.forTenant(tenant).streamKey.findFirst({ where: { tenantId: tenant, id, ...seen } }),

  /** Throws LimitError when the stream has `most` active keys; its row is held, so that two at once obey it. */
  create: (permit: Writer, streamId: string, key: NewStreamKey, most: number) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        if (!(await lockedStream(tx, tenantId, streamId))) return null
        if ((await tx.streamKey.count({ where: { tenantId, streamId, isActive: true } })) >= most)
          throw new LimitError(`A stream has at most ${most} active keys. Revoke one that nobody uses.`, [
            'streamId',
          ])
        const result = await tx.streamKey.create({ data: { ...key, tenantId, streamId } })
        const after = { ...audited(result), streamId }
        return { result, audit: { as: 'createStreamKey', of: ['StreamKey', result.id], after } }
      },
      (tx, id) => tx.streamKey.findFirst({ where: { tenantId, id, ...seen } }),
    )
  },

  rename: (permit: Writer, id: string, name: string) =>
    changes(permit, async (tx) => {
      const where = { tenantId: permit.tenant, id, ...seen }
      const found = await tx.streamKey.findFirst({ where })
      const [result] = await tx.streamKey.updateManyAndReturn({ where, data: { name } })
      if (!found || !result) return null
      const fields = { before: { name: found.name }, after: { name } }
      return { result, audit: { as: 'renameStreamKey', of: ['StreamKey', id], ...fields } }
    }),

  /** Null when it had ended already, too. */
  revoke: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const where = { tenantId: permit.tenant, id, isActive: true, ...seen }
      const [result] = await tx.streamKey.updateManyAndReturn({ where, data: { isActive: false } })
      if (!result) return null
      const fields = { before: { isActive: true }, after: { ...audited(result), isActive: false } }
      return { result, audit: { as: 'revokeStreamKey', of: ['StreamKey', id], ...fields } }
    }),

  /** Puts a new key in the place of all active ones, and answers the stream. */
  replaceAll: (permit: Writer, streamId: string, key: NewStreamKey) =>
    changes(permit, async (tx) => {
      const { tenant } = permit
      // The row lock makes two rotations at once follow each other, so that one key is left and not two.
      const result = await lockedStream(tx, tenant, streamId)
      if (!result) return null
      const old = await tx.streamKey.updateManyAndReturn({
        where: { tenantId: tenant, streamId, isActive: true },
        data: { isActive: false },
        select: { prefix: true },
      })
      await tx.streamKey.create({ data: { ...key, tenantId: tenant, streamId } })
      const before = { keyPrefixes: old.map(({ prefix }) => prefix) }
      const after = { keyPrefixes: [key.prefix] }
      return { result, audit: { as: 'rotateStreamKey', of: ['Stream', streamId], before, after } }
    }),

  /** The active key with this hash and its stream, which is not ended. */
  opening: async (tenant: TenantId, hash: Uint8Array<ArrayBuffer>) => {
    const stream = { is: { deletedAt: null, status: { not: 'ENDED' } } } as const
    return postgres.forTenant(tenant).streamKey.findFirst({
      where: { tenantId: tenant, hash, isActive: true, stream },
      include: { stream: true },
    })
  },

  /** Writes down a use, unless one after `unless` is. It is nobody's change, so the audit log has no row of it. */
  noteUse: async (tenant: TenantId, id: string, at: Date, unless: Date): Promise<void> => {
    await postgres.forTenant(tenant).streamKey.updateMany({
      where: { tenantId: tenant, id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: unless } }] },
      data: { lastUsedAt: at },
    })
  },
})

export type StreamKeyStore = ReturnType<typeof createStreamKeyStore>
