import { z } from 'zod'
import { hashSecret, isStreamKey, makeStreamKey, visiblePrefix } from '../../auth/api-key.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { CredentialsError, NotFoundError } from '../../platform/problems.ts'
import { attempt } from '../../platform/redis/attempts.ts'
import type { Throttle } from '../../platform/redis/throttle.ts'
import { nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import type { NewStreamKey, StreamKeyStore } from './stream-key.store.ts'

/** Of a stream that are active at a time: one for each encoder and a few to spare. */
const MAX_KEYS = 20
/** How often a use is written down: people look for keys that nobody needs, and minutes don't matter. */
const USE_MS = 60_000

const named = z.object({ name: nameOf(100) })
type Writes = Permit<'stream:write'>

const hashOf = (secret: string) => new Uint8Array(hashSecret(secret))

/** A new key: the secret, which is told once, and what is kept of it. */
export const newStreamKey = (name: string): { secret: string; row: NewStreamKey } => {
  const secret = makeStreamKey()
  return { secret, row: { id: uuidv7(), name, prefix: visiblePrefix(secret), hash: hashOf(secret) } }
}

export type StreamKeyThrottles = {
  /** Keys of encoders that opened nothing, by the credential of the media server that asked. */
  readonly streamKeys: Throttle
}

/** One answer for a key that is wrong, revoked, another tenant's, or of a stream that is deleted or ended. */
const opensNothing = () => new CredentialsError('This key opens no stream.', ['key'])
const noSuchKey = () => new NotFoundError('There is no stream key with this id.', ['id'])

/** Rules of the keys of streams. A secret leaves this service once, in the answer that made it. */
export const createStreamKeyService = (deps: {
  store: StreamKeyStore
  throttles: StreamKeyThrottles
  clock: Clock
}) => {
  const { store, throttles, clock } = deps
  return {
    /** Throws ValidationError, NotFoundError, LimitError. */
    create: async (permit: Writes, { streamId, ...input }: { streamId: string; name: string }) => {
      const { secret, row } = newStreamKey(validate(named, input).name)
      const key = await store.create(permit, streamId, row, MAX_KEYS)
      if (!key) throw new NotFoundError('There is no stream with this id.', ['streamId'])
      return { key, streamKey: key.id === row.id ? secret : null }
    },

    /** Throws ValidationError, NotFoundError. */
    rename: async (permit: Writes, { id, ...input }: { id: string; name: string }) => {
      const renamed = await store.rename(permit, id, validate(named, input).name)
      if (!renamed) throw noSuchKey()
      return renamed
    },

    /** Ends a key at once; one that has ended stays as it is. Throws NotFoundError. */
    revoke: async (permit: Writes, id: string) => {
      const revoked = (await store.revoke(permit, id)) ?? (await store.find(permit.tenant, id))
      if (!revoked) throw noSuchKey()
      return revoked
    },

    /** The old keys stop working at once. Throws NotFoundError. */
    rotate: async (permit: Writes, id: string) => {
      const { secret, row } = newStreamKey('Primary')
      const stream = await store.replaceAll(permit, id, row)
      if (!stream) throw new NotFoundError('There is no stream with this id.', ['id'])
      return { stream, streamKey: secret }
    },

    /**
     * The stream that a key opens, for the media server that an encoder showed it to. It is looked up by its
     * hash, so that no comparison takes longer for a nearer guess. Only what opened nothing counts as an
     * attempt. Throws CredentialsError, TooManyAttempts.
     */
    open: async ({ tenant, actor }: Permit<'streamKey:validate'>, key: string) => {
      const who = `${tenant} ${actor.id ?? actor.name}`
      const found = await attempt([[throttles.streamKeys, who]], async () => {
        const opening = isStreamKey(key) ? await store.opening(tenant, hashOf(key)) : null
        if (!opening) throw opensNothing()
        return opening
      })
      await throttles.streamKeys.giveBack(who)
      const { id, lastUsedAt, stream } = found
      const at = clock.now()
      if (!lastUsedAt || lastUsedAt.getTime() <= at - USE_MS)
        await store.noteUse(tenant, id, new Date(at), new Date(at - USE_MS))
      return stream
    },
  }
}
