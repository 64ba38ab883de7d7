import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * When work has to be over, in milliseconds of `performance.now()`, which no correction of the clock moves.
 */
export type Deadline = { readonly endsAt: number }

const current = new AsyncLocalStorage<Deadline | undefined>()

/** The deadline of the operation that this code runs for; undefined for what runs for none. */
export const currentDeadline = (): Deadline | undefined => current.getStore()

/**
 * Runs something, and all that it calls, under a deadline, or under none: what has to be done when time is
 * over too.
 */
export const underDeadline = <T>(deadline: Deadline | undefined, work: () => T): T =>
  current.run(deadline, work)

/** Milliseconds until a deadline, at most 0 when it has passed; Infinity when there is none. */
export const msLeft = (deadline: Deadline | undefined): number =>
  deadline ? deadline.endsAt - performance.now() : Infinity
