import type { StreamStatus } from '../../../generated/prisma/enums.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { newStreamKey } from './stream-key.service.ts'
import {
  acts,
  newStream,
  streamChange,
  type CreateStreamInput,
  type UpdateStreamInput,
} from './stream.rules.ts'
import type { StreamFields, StreamRow, StreamStore } from './stream.store.ts'

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
type Writes = Permit<'stream:write'>

const found = async (work: Promise<StreamRow | null>): Promise<StreamRow> => {
  const stream = await work
  if (!stream) throw new NotFoundError('There is no stream with this id.', ['id'])
  return stream
}

/** Where an act leads. Throws ConflictError where the state forbids it. */
const ledBy =
  (act: keyof typeof acts, advice: string) =>
  ({ status }: StreamRow): StreamStatus => {
    const to = acts[act][status]
    if (to === undefined) throw new ConflictError(`This stream is ${status}. ${advice}`, ['id'])
    return to
  }

const assertOffAir = ({ status }: StreamRow): void => {
  if (status === 'LIVE') throw new ConflictError('This stream is on the air. End it first.', ['id'])
}

/** Rules of streams. */
export const createStreamService = ({ store, clock }: { store: StreamStore; clock: Clock }) => {
  const now = (): Date => new Date(clock.now())
  return {
    /** With its first key, whose secret is told here once. Throws ValidationError, ConflictError (a name is taken). */
    create: async (permit: Writes, input: CreateStreamInput) => {
      const { title, internalName, description, ...rest } = validate(newStream, input)
      const id = uuidv7()
      const { secret, row } = newStreamKey('Primary')
      try {
        const stream = await store.create(permit, {
          id,
          title,
          internalName: internalName ?? id,
          playbackId: id.replaceAll('-', '').slice(-16),
          description: description ?? '',
          isPublic: rest.isPublic ?? false,
          maxViewers: rest.maxViewers ?? null,
          recordingMode: rest.recordingMode ?? 'OFF',
          key: row,
        })
        // A repeated request finds the stream that it made before; that one's key was shown then.
        return { stream: stream!, streamKey: stream!.id === id ? secret : null }
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        throw new ConflictError(`There is or was a stream "${internalName}". Choose another internalName.`, [
          'internalName',
        ])
      }
    },

    /** Changes what is given; null clears what can be empty. Throws ValidationError, NotFoundError. */
    update: (permit: Writes, { id, ...input }: UpdateStreamInput & { id: string }) => {
      const fields = validate(streamChange, input)
      // Prisma leaves out what is undefined.
      return found(store.update(permit, id, fields as StreamFields, now()))
    },

    /** Goes on the air. Throws NotFoundError, ConflictError (it is there already). */
    start: (permit: Writes, id: string) =>
      found(
        store.move(permit, id, 'startStream', ledBy('start', 'End it before you start it again.'), now()),
      ),

    /** Ends the stream until somebody starts it again. Throws NotFoundError, ConflictError (it has ended). */
    end: (permit: Writes, id: string) =>
      found(store.move(permit, id, 'endStream', ledBy('end', 'There is nothing to end.'), now())),

    /**
     * It is seen no more and its keys end; recordings, clips and numbers stay. Throws NotFoundError,
     * ConflictError (it is on the air: a click must not send an audience away).
     */
    remove: (permit: Writes, id: string) => found(store.markDeleted(permit, id, assertOffAir, now())),

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

    /** Streams that go on or off the air, told by who carries them: facts by the internal name. */
    follow: store.follow,
  }
}
