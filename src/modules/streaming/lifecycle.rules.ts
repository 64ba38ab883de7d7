/** How far along something is that is made in steps: a clip, a recording. */
export type Step = {
  /** A step back is never taken, whenever it is told. What has ended has ended, well or not. */
  readonly stage: number
  readonly at: Date
  /** Decides between two of the same stage and moment. */
  readonly weight: number
}

/**
 * Whether a fact moves something on that is known to be at a step: the further stage wins, then the later
 * fact. It is an order of all facts, so whatever order they come in, however late and however often, the same
 * one is left.
 */
export const isPast = (known: Step, fact: Step): boolean => {
  if (fact.stage !== known.stage) return fact.stage > known.stage
  const laterMs = fact.at.getTime() - known.at.getTime()
  return laterMs === 0 ? fact.weight > known.weight : laterMs > 0
}
