import type { OperationDefinitionNode } from 'graphql'
import type { Clock } from '../../platform/clock.ts'
import type { Planned } from './plan.ts'

/**
 * Plans that are kept with an operation. One has 2 to 12 % of the bytes of its document (measured with three), and the
 * cache of documents counts none of them: four are half of what it counts, at most.
 */
const MOST = 4
/** Characters of variables that are worth keeping. */
const LONGEST = 1_000

type Plan = readonly Planned[]

/** Plans of operations that were asked for before with the same variables, but for those that depend on the time. */
export const createKnownPlans = (most = MOST) => {
  const known = new WeakMap<OperationDefinitionNode, Map<string, Plan>>()
  return {
    of: (
      operation: OperationDefinitionNode,
      variables: object,
      clock: Clock,
      make: (clock: Clock) => Plan,
    ): Plan => {
      let plans = known.get(operation)
      if (!plans) known.set(operation, (plans = new Map()))
      const key = JSON.stringify(variables)
      if (key.length > LONGEST) return make(clock)
      const before = plans.get(key)
      if (before) return before
      let timed = false
      const now = (): number => {
        timed = true
        return clock.now()
      }
      const plan = make({ now })
      if (timed) return plan
      if (plans.size >= most) plans.clear()
      plans.set(key, plan)
      return plan
    },
  }
}
