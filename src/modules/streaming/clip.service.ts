import type { z } from 'zod'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { assertSent, assertToCome, clipChange, newClip } from './clip.rules.ts'
import type { ClipRow, ClipStore } from './clip.store.ts'

type Writes = Permit<'clip:write'>
type Change = { id: string; title?: string | null | undefined; retentionUntil?: Date | null | undefined }

/** A turn of the clock is over within a second, and the audit log is locked for one row at a time. */
const MOST_AT_ONCE = 100

const found = async (work: Promise<ClipRow | null>): Promise<ClipRow> => {
  const clip = await work
  if (!clip) throw new NotFoundError('There is no clip with this id.', ['id'])
  return clip
}

/** Rules of clips. The media server cuts them, and its facts tell how far it is. */
export const createClipService = ({ store, clock }: { store: ClipStore; clock: Clock }) => {
  const now = (): Date => new Date(clock.now())
  return {
    /** Throws ValidationError, NotFoundError. */
    create: async (
      permit: Writes,
      { streamId, ...input }: z.input<typeof newClip> & { streamId: string },
    ): Promise<ClipRow> => {
      const { retentionUntil, ...clip } = validate(newClip, input)
      const at = now()
      assertSent(clip, at)
      assertToCome(retentionUntil, at)
      const row = { ...clip, id: uuidv7(), streamId, retentionUntil: retentionUntil ?? null }
      const created = await store.create(permit, row, at)
      if (!created) throw new NotFoundError('There is no stream with this id.', ['streamId'])
      return created
    },

    /** Changes what is given. Throws ValidationError, NotFoundError. */
    update: (permit: Writes, { id, ...input }: Change) => {
      const { title, retentionUntil } = validate(clipChange, input)
      const at = now()
      assertToCome(retentionUntil, at)
      const fields = {
        ...(title !== undefined && { title }),
        ...(retentionUntil !== undefined && { retentionUntil }),
      }
      return found(store.update(permit, id, fields, at))
    },

    /** It is seen no more, whatever becomes of its cutting. Throws NotFoundError. */
    remove: (permit: Writes, id: string) => found(store.markDeleted(permit, id, now())),

    /** Removes what was kept long enough, a hundred clips at most, each in a transaction and with a row of its own. */
    removeDue: async (permit: Writes): Promise<void> => {
      const at = now()
      for (const id of await store.due(permit.tenant, at, MOST_AT_ONCE))
        await store.markDeleted(permit, id, at, true)
    },

    /** How far the media server is. Null when the fact changes nothing. */
    follow: store.follow,
  }
}

export type ClipService = ReturnType<typeof createClipService>
