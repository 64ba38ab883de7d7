import {
  getOperationAST,
  getVariableValues,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import type { Owner, RateState, Taken } from '../../platform/redis/rate.ts'
import type { Rates } from './rates.ts'
import { clockOf, type Context } from '../context.ts'
import { actualCostOf, costOf, MAX_COST } from './cost.ts'
import { planOf, type Planned } from './plan.ts'
import { createKnownPlans } from './known-plans.ts'
import { withoutPlace } from '../plugins/place-variables.ts'
import { checkVariableTypes } from './variable-types.ts'
import { checkVariables } from './variables.ts'

/** What an operation was charged before it ran. */
export type Charge = {
  readonly requested: number
  /** The fields of the operation that cost something. */
  readonly plan: readonly Planned[]
  /** The budget after the charge; undefined where the rate limit is turned off. */
  readonly budget: Taken | undefined
  /** Places in the answer where `rateLimit` reported the budget: they are overwritten after the refund. */
  readonly reported: { readonly path: readonly (string | number)[]; readonly field: 'cost' | 'remaining' }[]
}

export type CostReport = {
  readonly requested: number
  readonly actual: number
  readonly max: number
  readonly remaining?: number
  readonly resetAt?: string
}

export type CostControl = {
  /**
   * Charges an operation before any of it runs, and only once: the charge is kept in its context. Throws
   * QUERY_TOO_COSTLY, LITERAL_TOO_LARGE or RATE_LIMITED.
   */
  charge(args: ExecutionArgs): Promise<Charge>
  /** Refunds what an answer without errors did not use, and makes all places that report the budget agree. */
  refund(charge: Charge, result: ExecutionResult): { report: CostReport; rate?: RateState }
}

/** Live operations come back by thousands, each the same as the one before. */
const plans = createKnownPlans()

/** The worst case of an operation, with ranges that end now ending at the time that its fields will use. */
const worstCaseOf = (args: ExecutionArgs, introspection: boolean): Pick<Charge, 'plan' | 'requested'> => {
  const { schema, document, operationName, variableValues } = args
  checkVariables(variableValues)
  const operation = getOperationAST(document, operationName)
  if (!operation) return { plan: [], requested: 0 } // execution says what is wrong with the name
  const inputs = variableValues ?? {}
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], inputs, { maxErrors: 1 })
  if (!coerced) {
    checkVariableTypes(schema, document, operation, inputs, introspection)
    return { plan: [], requested: 0 } // execution refuses these variables
  }
  const clock = clockOf(args.contextValue as Context)
  const make = (by: Clock) => planOf({ schema, document, operation, variables: coerced, clock: by })
  const plan =
    operation.operation === OperationTypeNode.SUBSCRIPTION
      ? plans.of(operation, withoutPlace(document, inputs), clock, make)
      : make(clock)
  const requested = costOf(plan)
  if (requested > MAX_COST)
    throw new AppError(
      'QUERY_TOO_COSTLY',
      `This would cost more than ${MAX_COST}. Ask for smaller pages, coarser steps or fewer fields.`,
      { details: { maxCost: String(MAX_COST) } },
    )
  return { plan, requested }
}

/** A tenant is charged for all its keys and users; a request without a tenant is charged to its address. */
const ownerOf = ({ viewer, address }: Context): Owner =>
  viewer.kind === 'anonymous' || viewer.tenant === undefined ? ['a', address] : ['t', viewer.tenant]

const overwrite = (data: unknown, path: readonly (string | number)[], value: number): void => {
  const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown> | null)?.[key], data)
  if (typeof parent === 'object' && parent !== null) (parent as Record<string, unknown>)[path.at(-1)!] = value
}

export const createCostControl = ({
  rates,
  introspection,
}: {
  readonly rates: Pick<Rates, 'cost'>
  /** Whether a refusal may reveal names of the schema. */
  readonly introspection: boolean
}): CostControl => ({
  charge: async (args) => {
    const context = args.contextValue as Context
    if (context.charge) return context.charge
    const { plan, requested } = worstCaseOf(args, introspection)
    const budget = await rates.cost?.take(ownerOf(context), requested)
    const charge: Charge = { plan, requested, budget, reported: [] }
    return Object.assign(context, { charge }).charge
  },
  refund: ({ plan, requested, budget, reported }, result) => {
    // An answer with errors is charged in full: a child that fails takes its parent out of the answer, and
    // with it whatever was read below that parent.
    const used = result.data && !result.errors ? actualCostOf(plan, result.data) : requested
    const actual = Math.min(requested, used)
    const rate = budget?.refund(requested - actual)
    for (const { path, field } of reported)
      overwrite(result.data, path, field === 'cost' ? actual : (rate?.remaining ?? 0))
    const left = rate && { remaining: rate.remaining, resetAt: rate.resetAt.toISOString() }
    return { report: { requested, actual, max: MAX_COST, ...left }, ...(rate && { rate }) }
  },
})
