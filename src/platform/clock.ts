/** The program's only source of time, so that tests and the demo can bring their own. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/**
 * Whether what was read at a time may still be taken for what there is. A clock that was set back since says nothing of
 * its age: then it is read again, or what was revoked would stay good for as long as the clock went back.
 */
export const isFresh = (readAtMs: number, nowMs: number, maxAgeMs: number): boolean =>
  nowMs >= readAtMs && nowMs - readAtMs < maxAgeMs
