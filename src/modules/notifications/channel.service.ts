import type { z } from 'zod'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { ConflictError, LimitError, NotFoundError, ValidationError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { expecting, taken } from '../../platform/write-problems.ts'
import {
  channelInput,
  destinationOf,
  givenField,
  kindOf,
  makeWebhookSecret,
  OVERLAP_MS,
  targetOf,
  type Allowed,
} from './channel.rules.ts'
import type { ChannelSecrets } from './channel.secrets.ts'
import type { ChannelRow, ChannelStore } from './channel.store.ts'
import type { Destination } from './destination.ts'

type Writes = Permit<'notificationChannel:write'>
export type ChannelInput = z.input<typeof channelInput>
type ChannelChange = Partial<ChannelInput> & {
  readonly id: string
  readonly expectedVersion?: number | null | undefined
}
/** A channel, and the secret that its receiver verifies with; null where it has none, or has shown it before. */
export type Made = { readonly channel: ChannelRow; readonly secret: string | null }

/** Receivers of a whole company; more are a program's. */
export const MAX_CHANNELS = 200

export const noChannel = (field = 'id'): NotFoundError =>
  new NotFoundError('There is no channel with this id.', [field])

/** Rules of channels. A webhook's secret leaves this service once, in the answer that made it. */
export const createChannelService = (deps: {
  readonly store: ChannelStore
  readonly secrets: ChannelSecrets
  readonly allowed: Allowed
  readonly clock: Clock
}) => {
  const { store, secrets, allowed, clock } = deps
  const columns = (id: string, to: Destination) => ({
    kind: to.kind,
    target: targetOf(to),
    sealed: secrets.seal(id, to),
  })
  const now = () => new Date(clock.now())
  /** Its own secrets stay, unless they were encrypted with another HELIOGRAPH_SECRET: then it has a new one, to be rotated. */
  const secretsOf = (row: ChannelRow, anew: Destination & { kind: 'WEBHOOK' }) => {
    try {
      const before = secrets.open(row)
      return before.kind === 'WEBHOOK' ? before : anew
    } catch (error) {
      if (error instanceof ConflictError) return anew
      throw error
    }
  }

  return {
    /** Throws ValidationError, ConflictError (the name is taken), LimitError. */
    create: async (permit: Writes, input: ChannelInput): Promise<Made> => {
      const {
        name,
        enabled,
        subjectTemplate = null,
        bodyTemplate = null,
        ...target
      } = validate(channelInput, input)
      const field = givenField(target)
      if (field === undefined)
        throw new ValidationError(
          'A channel needs a target: webhookUrl, slackUrl, emailTo or pagerDutyRoutingKey.',
        )
      const to = destinationOf(target, field, allowed)
      const at = now()
      const id = uuidv7(at.getTime())
      const data = { name, enabled: enabled ?? true, subjectTemplate, bodyTemplate, ...columns(id, to) }
      const channel = await store.create(permit, id, data, MAX_CHANNELS, at).catch(taken('a channel', name))
      if (!channel) throw new LimitError(`A tenant has at most ${MAX_CHANNELS} channels.`)
      return { channel, secret: to.kind === 'WEBHOOK' && channel.id === id ? to.secret : null }
    },

    /**
     * Changes what is given; its kind stays, and a webhook's secret with it. Throws as `create`, NotFoundError, and
     * ConflictError for an older version.
     */
    update: async (permit: Writes, { id, expectedVersion, ...input }: ChannelChange): Promise<ChannelRow> => {
      const { name, enabled, subjectTemplate, bodyTemplate, ...target } = validate(
        channelInput.partial(),
        input,
      )
      const field = givenField(target)
      const to = field && destinationOf(target, field, allowed)
      const moved = (row: ChannelRow) => {
        if (!to) return {}
        if (kindOf(field) !== row.kind)
          throw new ValidationError(`${field}: the channel is of the kind ${row.kind}, which stays.`, [field])
        if (to.kind !== 'WEBHOOK') return columns(id, to)
        return columns(id, { ...secretsOf(row, to), url: to.url })
      }
      const work = (row: ChannelRow) => {
        expecting(expectedVersion, 'channel')(row)
        return {
          ...(name !== undefined && { name }),
          ...(enabled != null && { enabled }),
          ...(subjectTemplate !== undefined && { subjectTemplate }),
          ...(bodyTemplate !== undefined && { bodyTemplate }),
          ...moved(row),
        }
      }
      const channel = await store
        .update(permit, id, 'updateNotificationChannel', work, now())
        .catch(taken('a channel', name ?? ''))
      if (!channel) throw noChannel()
      return channel
    },

    /**
     * A new secret; the one before signs beside it for a day. Throws NotFoundError, and ConflictError for a channel
     * that has none.
     */
    rotate: async (permit: Writes, id: string): Promise<{ channel: ChannelRow; secret: string }> => {
      const [secret, at] = [makeWebhookSecret(), now()]
      const until = new Date(at.getTime() + OVERLAP_MS).toISOString()
      const work = (row: ChannelRow) => {
        const to = secrets.open(row)
        if (to.kind !== 'WEBHOOK')
          throw new ConflictError('Only a channel of the kind WEBHOOK has a secret of its own.', ['id'])
        return { sealed: secrets.seal(id, { ...to, secret, previous: { secret: to.secret, until } }) }
      }
      const channel = await store.update(permit, id, 'rotateNotificationChannelSecret', work, at)
      if (!channel) throw noChannel()
      return { channel, secret }
    },

    /** Deletes a channel and all messages to it. Throws NotFoundError, and ConflictError while it is used. */
    remove: async (permit: Writes, id: string): Promise<ChannelRow> => {
      const channel = await store.remove(permit, id)
      if (!channel) throw noChannel()
      return channel
    },
  }
}
