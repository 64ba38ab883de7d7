import { z } from 'zod'
import { actorLabel } from '../../auth/actor.ts'
import { hashSecret } from '../../auth/api-key.ts'
import type { Permit } from '../../auth/permit.ts'
import { makeSecretToken } from '../../auth/secret-token.ts'
import type { Clock } from '../../platform/clock.ts'
import { parseDuration } from '../../platform/duration.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { LimitError, NotFoundError, ValidationError } from '../../platform/problems.ts'
import { nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import type { BootstrapTokenRow, BootstrapTokenStore } from './bootstrap-token.store.ts'

/** Long enough to install a machine; who needs longer says so. */
const DEFAULT_LIFE = 'P1D'
const MAX_LIFE_MS = 30 * 86_400_000
/** Open ones of a cluster: more is a program that makes them. */
const MAX_OPEN = 200

const newToken = z.object({ clusterId: z.string(), name: nameOf(100), expiresIn: z.string().nullish() })
type Writes = Permit<'bootstrapToken:write'>

const lifeMs = (expiresIn: string): number => {
  const ms = parseDuration(expiresIn)
  if (ms > MAX_LIFE_MS) throw new ValidationError('expiresIn: 30 days at most, P30D.', ['expiresIn'])
  return ms
}

/** Rules of bootstrap tokens. A token leaves this service once, in the answer that made it. */
export const createBootstrapTokenService = (deps: { store: BootstrapTokenStore; clock: Clock }) => {
  const { store, clock } = deps
  return {
    /** Throws ValidationError, NotFoundError (the cluster), LimitError. */
    create: async (
      permit: Writes,
      input: z.input<typeof newToken>,
    ): Promise<{ bootstrapToken: BootstrapTokenRow; token: string | null }> => {
      const { clusterId, name, expiresIn } = validate(newToken, input)
      const [id, token] = [uuidv7(), makeSecretToken('bootstrap')]
      const createdAt = new Date(clock.now())
      const expiresAt = new Date(createdAt.getTime() + lifeMs(expiresIn ?? DEFAULT_LIFE))
      const hash = new Uint8Array(hashSecret(token))
      const row = { id, clusterId, name, hash, createdBy: actorLabel(permit.actor), createdAt, expiresAt }
      const made = await store.create(permit, row, MAX_OPEN)
      if (!made) throw new NotFoundError('There is no cluster with this id.', ['clusterId'])
      if (made === 'full')
        throw new LimitError(
          `A cluster has at most ${MAX_OPEN} tokens that can be used. Revoke those that nobody needs.`,
          ['clusterId'],
        )
      return { bootstrapToken: made, token: made.id === id ? token : null }
    },

    /** Ends a token that was not used; one that is ended already stays as it is. Throws NotFoundError. */
    revoke: async (permit: Writes, id: string): Promise<BootstrapTokenRow> => {
      const revoked =
        (await store.revoke(permit, id, new Date(clock.now()))) ??
        (await store.reads.find(permit.tenant, { id }))
      if (!revoked) throw new NotFoundError('There is no bootstrap token with this id.', ['id'])
      return revoked
    },
  }
}
