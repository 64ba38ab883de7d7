import { z } from 'zod'
import type { RedisStore } from '../../platform/redis/client.ts'
import { hexHashOf } from '../api-key.ts'

/** Long enough to find the second factor; a ticket that was never brought back is gone after it. */
export const TICKET_MS = 10 * 60_000

const begunShape = z.object({
  provider: z.string(),
  redirectUri: z.string(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  /** The account that was signed in when it was begun. */
  userId: z.string().optional(),
})

/** A sign-in that went to a provider and is not back. */
export type Begun = z.output<typeof begunShape>

/**
 * Keeps what was begun, in Redis for all processes, under the SHA-256 of the ticket. Both throw
 * STORE_UNAVAILABLE.
 */
export const createTickets = ({ redis }: { redis: RedisStore }) => {
  const keyOf = (ticket: string): string => redis.key(redis.unit('oauth', hexHashOf(ticket)), 'begun')
  return {
    keep: async (ticket: string, begun: Begun): Promise<void> => {
      await redis.run((commands) => commands.set(keyOf(ticket), JSON.stringify(begun), 'PX', TICKET_MS))
    },
    /** What was begun with it, once: of two that bring it at the same time one gets it. */
    take: async (ticket: string): Promise<Begun | undefined> => {
      const text = await redis.run((commands) => commands.getdel(keyOf(ticket)))
      return text === null ? undefined : begunShape.parse(JSON.parse(text))
    },
  }
}

export type Tickets = ReturnType<typeof createTickets>
