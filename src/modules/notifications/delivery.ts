import type { Clock } from '../../platform/clock.ts'
import { underDeadline } from '../../platform/deadline.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import { ConflictError } from '../../platform/problems.ts'
import { backoffMs, MAX_ATTEMPTS } from './backoff.ts'
import type { ChannelSecrets } from './channel.secrets.ts'
import type { Gone } from './channel.store.ts'
import type { Claimed, DeliveryStore, Next, Shares } from './delivery.store.ts'
import type { LinkTo } from './links.ts'
import { message as messageShape } from './message.ts'
import { failed, type Attempt, type Sent } from './sending.ts'
import { rendered } from './templates.ts'

export type Limits = {
  /** Messages that one process sends at once. */
  readonly atOnce: number
  /** How many of them may be of one channel and one tenant, and how many once half of all places are taken. */
  readonly shares: Shares
  readonly sharesWhenBusy: Shares
}
const usualLimits: Limits = {
  atOnce: 64,
  shares: { channel: 4, tenant: 32 },
  sharesWhenBusy: { channel: 1, tenant: 4 },
}

export type Deliverer = {
  /** Says that something may be due. Returns at once; never throws. */
  poke(): void
  /** The same, and resolves when what is due was taken, not when it was sent. */
  look(): Promise<void>
  /** Takes nothing more, and waits for what is being sent. */
  stop(): Promise<void>
}

/** Attempts since somebody had it tried, with this one. */
const triesOf = ({ attempt, retried_after }: Pick<Claimed, 'attempt' | 'retried_after'>): number =>
  attempt - retried_after

const goneOf = ({ id, channel_id, sealed }: Claimed, reason: string): Gone => ({
  id: channel_id,
  sealed: Buffer.from(sealed),
  except: id,
  reason,
})

/** A message that ends each process that sends it would else end the next one, without end. */
const NEVER_MARKED = `It was tried ${MAX_ATTEMPTS} times, and what came of the last time nobody could write down: its process ended.`

/** What is to become of a message by what came of its attempt, and whether its channel is off for it. */
export const nextOf = (sent: Sent, tries: number, isOff: boolean, at: Date): Next => {
  if (!sent.failure) return { status: 'DELIVERED' }
  if (isOff || tries >= MAX_ATTEMPTS) return { status: 'FAILED' }
  const waitMs = Math.max(sent.retryAfterMs ?? 0, backoffMs(tries))
  return { status: 'PENDING', at: new Date(at.getTime() + waitMs) }
}

/**
 * Sends what is due, outside of any transaction: at least once, always under the same id. A process that dies
 * between sending and marking has it sent again by another, after its claim.
 */
export const createDeliverer = (deps: {
  readonly store: DeliveryStore
  readonly secrets: Pick<ChannelSecrets, 'open'>
  readonly send: Attempt
  /** Switches off a channel whose receiver is gone. False where it leads elsewhere by now. */
  readonly switchOff: (tenant: TenantId, gone: Gone, at: Date) => Promise<boolean>
  readonly linkTo: LinkTo
  readonly clock: Clock
  readonly log: Logger
  readonly limits?: Limits
}): Deliverer => {
  const { store, secrets, send, switchOff, linkTo, clock, log, limits = usualLimits } = deps
  const sending = new Set<Promise<void>>()
  let wanted = false
  let stopped = false
  let failing = false
  let running: Promise<void> | undefined

  const attempt = async (claimed: Claimed): Promise<Sent> => {
    if (triesOf(claimed) > MAX_ATTEMPTS) return failed('MISCONFIGURED', NEVER_MARKED)
    try {
      const message = messageShape.parse(claimed.message)
      const channel = { id: claimed.channel_id, name: claimed.name }
      const templates = { subject: claimed.subject_template, body: claimed.body_template }
      const words = rendered(templates, message, channel.name, linkTo)
      const url = linkTo(message.incidents[0] ?? { number: 0 })
      const to = secrets.open({ id: channel.id, sealed: claimed.sealed })
      const what = { id: claimed.id, message, channel, ...words, url, deliveredTo: claimed.delivered_to }
      return await send(to, what, new Date(clock.now()))
    } catch (error) {
      if (error instanceof ConflictError) return failed('MISCONFIGURED', error.message)
      // Only its name and words: an error may carry the URL, which is a secret.
      const { name, message: reason } = error as Error
      log.error({ notification: claimed.id, name, reason }, 'A notification could not be sent')
      return failed('MISCONFIGURED', 'It could not be sent; the log of the server says why.')
    }
  }

  const deliver = async (claimed: Claimed): Promise<void> => {
    const since = performance.now()
    const sent = await attempt(claimed)
    const durationMs = Math.round(performance.now() - since)
    const at = new Date(clock.now())
    const { code = null, error = null } = sent.failure ?? {}
    // Before its mark, which says what follows from it: a process that dies between leaves it to `failLeftOver`.
    const isOff = code === 'GONE' && (await switchOff(claimed.tenant, goneOf(claimed, error!), at))
    const next = nextOf(sent, triesOf(claimed), isOff, at)
    const { statusCode, deliveredTo = [] } = sent
    await store.mark(claimed, { code, error, statusCode, durationMs, deliveredTo }, next, at)
  }

  const begin = (claimed: Claimed): void => {
    const work = deliver(claimed)
      // Its claim ends and it is sent again, by whoever reaches the store then.
      .catch((error: unknown) =>
        log.warn({ err: error, notification: claimed.id }, 'A delivery could not be marked'),
      )
      .finally(() => {
        sending.delete(work)
        poke() // what waited behind it
      })
    sending.add(work)
  }

  const take = async (): Promise<void> => {
    for (;;) {
      const free = limits.atOnce - sending.size
      if (free <= 0 || stopped) return // whatever ends looks again
      // The second half has the smaller shares, also where the first is taken by the same look.
      const ofFirstHalf = free - Math.floor(limits.atOnce / 2)
      const [most, shares] = ofFirstHalf > 0 ? [ofFirstHalf, limits.shares] : [free, limits.sharesWhenBusy]
      const claimed = await store.claim(new Date(clock.now()), most, shares)
      for (const one of claimed) begin(one)
      if (claimed.length === 0) return
    }
  }

  const looking = async (): Promise<void> => {
    while (wanted) {
      wanted = false
      try {
        await take()
        failing = false
      } catch (error) {
        if (!failing) log.warn({ err: error }, 'Notifications that are due could not be taken; they wait')
        failing = true
      }
    }
    running = undefined
  }
  /** One at a time: two would take more than there are places for. */
  const look = (): Promise<void> => {
    wanted = !stopped
    // It goes on when the operation that pokes is over.
    return (running ??= underDeadline(undefined, looking))
  }
  const poke = (): void => void look()

  return {
    poke,
    look,
    stop: async () => {
      stopped = true
      await running
      await Promise.all(sending)
    },
  }
}
