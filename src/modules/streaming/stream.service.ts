import { z } from 'zod'
import type { StreamStatus } from '../../../generated/prisma/enums.ts'
import type { Permit } from '../../auth/permit.ts'
import { hashSecret, makeStreamKey, visiblePrefix } from '../../auth/api-key.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { anyText, nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import { internalName } from './stream.rules.ts'
import type { NewStreamKey, StreamStore } from './stream.store.ts'

const newStream = z.object({
  title: nameOf(200),
  internalName: internalName.nullish(),
  description: anyText.max(5_000).nullish(),
  isPublic: z.boolean().nullish(),
  maxViewers: z.number().int().min(1).nullish(),
})
export type CreateStreamInput = z.input<typeof newStream>

/** A stream that somebody else keeps the list of; `startedAt` in Unix milliseconds. */
export type KnownStream = {
  readonly internalName: string
  readonly playbackId: string
  readonly title: string
  readonly description: string
  readonly isPublic: boolean
  readonly status: StreamStatus
  readonly startedAt?: number
}

const newKey = (name: string): { secret: string; row: NewStreamKey } => {
  const secret = makeStreamKey()
  return {
    secret,
    row: { id: uuidv7(), name, prefix: visiblePrefix(secret), hash: new Uint8Array(hashSecret(secret)) },
  }
}

/** Rules of streams and their keys. A key's secret leaves this service once, in the answer that made it. */
export const createStreamService = ({ store }: { store: StreamStore }) => ({
  /** Throws ValidationError, ConflictError (the internal name is taken). */
  create: async (permit: Permit<'stream:write'>, input: CreateStreamInput) => {
    const { title, description, isPublic, maxViewers, ...named } = validate(newStream, input)
    const id = uuidv7()
    const { secret, row } = newKey('Primary')
    try {
      const stream = await store.create(permit, {
        id,
        title,
        internalName: named.internalName ?? id,
        playbackId: id.replaceAll('-', '').slice(-16),
        description: description ?? '',
        isPublic: isPublic ?? false,
        maxViewers: maxViewers ?? null,
        key: row,
      })
      // A repeated request finds the stream that it made before; that one's key was shown then.
      return { stream: stream!, streamKey: stream!.id === id ? secret : null }
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new ConflictError(
        `There is a stream "${named.internalName}" already. Choose another internalName.`,
        ['internalName'],
      )
    }
  },

  /**
   * Makes those of the given streams that are missing, without keys; those that are there stay as they are.
   */
  ensure: (tenant: TenantId, streams: readonly KnownStream[]): Promise<void> =>
    store.ensure(
      tenant,
      streams.map(({ startedAt, ...stream }) => ({
        ...stream,
        id: uuidv7(),
        startedAt: startedAt === undefined ? null : new Date(startedAt),
      })),
    ),

  /** A stream that goes on or off the air. Those that are there already stay as they are. */
  setStatus: store.setStatus,

  /** The old keys stop working at once. Throws NotFoundError. */
  rotateKey: async (permit: Permit<'stream:write'>, id: string) => {
    const { secret, row } = newKey('Primary')
    const stream = await store.replaceKeys(permit, id, row)
    if (!stream) throw new NotFoundError('There is no stream with this id.', ['id'])
    return { stream, streamKey: secret }
  },
})

export type StreamService = ReturnType<typeof createStreamService>
