import type { Session } from './session.ts'

/** How many turns a round of pings has: thousands of sockets are not pinged in one of them. */
const SLOTS = 15

export type Heartbeat = {
  /** Pings a session's socket every `pingMs` from now on. */
  add(session: Session): void
  remove(session: Session): void
  stop(): void
}

/**
 * Pings each socket every `pingMs` milliseconds and cuts those that have given no sign of life since the last
 * ping. One timer for all: they are spread over the turns of a wheel.
 */
export const createHeartbeat = (pingMs: number): Heartbeat => {
  const wheel = Array.from({ length: SLOTS }, () => new Set<Session>())
  let turn = 0
  const timer = setInterval(() => {
    turn = (turn + 1) % SLOTS
    for (const session of wheel[turn]!) session.life.beat()
  }, pingMs / SLOTS)

  return {
    add: (session) => {
      // A whole round from now: whoever has just come need not say that it is there.
      session.slot = wheel[turn]!.add(session)
    },
    remove: (session) => void session.slot?.delete(session),
    stop: () => clearInterval(timer),
  }
}
