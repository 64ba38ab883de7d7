import { z } from 'zod'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import type { RecordingStore } from './recording.store.ts'

const stopped = z.object({
  id: z.string(),
  // A petabyte: more is a mistake of the sender.
  sizeBytes: z
    .bigint()
    .min(0n)
    .max(10n ** 15n)
    .nullish(),
  manifestPath: nameOf(1_000).nullish(),
})

/** Rules of recordings: one runs for each stream at most, and what has stopped does not run again. */
export const createRecordingService = ({ store, clock }: { store: RecordingStore; clock: Clock }) => ({
  /** Throws NotFoundError, ConflictError (a recording of the stream is running). */
  start: async (permit: Permit<'recording:write'>, streamId: string) => {
    const at = new Date(clock.now())
    try {
      const started = await store.start(permit, { id: uuidv7(), streamId, startedAt: at })
      if (!started) throw new NotFoundError('There is no stream with this id.', ['streamId'])
      return started
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new ConflictError('A recording of this stream is running. Stop it first.', ['streamId'])
    }
  },

  /** Throws ValidationError, NotFoundError, ConflictError (it does not run). */
  stop: async (permit: Permit<'recording:write'>, input: z.input<typeof stopped>) => {
    const { id, sizeBytes, manifestPath } = validate(stopped, input)
    const file = { sizeBytes: sizeBytes ?? null, manifestPath: manifestPath ?? null }
    const recording = await store.stop(permit, id, new Date(clock.now()), file)
    if (recording === null) throw new NotFoundError('There is no recording with this id.', ['id'])
    return recording
  },

  /** How a recording ended, told by who made it. Null when the fact changes nothing. */
  follow: store.follow,
})
