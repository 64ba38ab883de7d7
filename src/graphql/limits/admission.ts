import { getOperationAST, getVariableValues, type ExecutionArgs, type ExecutionResult } from 'graphql'
import { AppError } from '../../platform/errors.ts'
import type { Owner, RateState, Taken } from '../../platform/redis/rate.ts'
import type { Rates } from './rates.ts'
import { clockOf, type Context } from '../context.ts'
import { actualCostOf, costOf, MAX_COST } from './cost.ts'
import { planOf, type Planned } from './plan.ts'
import { checkVariableTypes } from './variable-types.ts'
import { checkVariables } from './variables.ts'

/** What an operation was charged before it ran, and which of its fields told so. */
export type Bill = {
  readonly requested: number
  /** What of the operation costs something. */
  readonly plan: readonly Planned[]
  /** The budget after the charge; undefined where the rate is turned off. */
  readonly taken: Taken | undefined
  /** Where in the answer `rateLimit` told of the budget: those places are written anew after the refund. */
  readonly told: { readonly path: readonly (string | number)[]; readonly field: 'cost' | 'remaining' }[]
}

export type CostReport = {
  readonly requested: number
  readonly actual: number
  readonly max: number
  readonly remaining?: number
  readonly resetAt?: string
}

export type Admission = {
  /**
   * Charges an operation before anything of it runs, once: the bill is kept in its context. Throws QUERY_TOO_COSTLY,
   * LITERAL_TOO_LARGE or RATE_LIMITED.
   */
  admit(args: ExecutionArgs): Promise<Bill>
  /** Gives back what an answer without errors did not use, and makes all places that tell of it agree. */
  settle(args: ExecutionArgs, bill: Bill, result: ExecutionResult): { report: CostReport; rate?: RateState }
}

/** The worst case of what is about to run, at the time that its fields will take for now. */
const priced = (args: ExecutionArgs, introspection: boolean): Pick<Bill, 'plan' | 'requested'> => {
  const { schema, document, operationName, variableValues } = args
  checkVariables(variableValues)
  const operation = getOperationAST(document, operationName)
  if (!operation) return { plan: [], requested: 0 } // execution says what is wrong with the name
  const inputs = variableValues ?? {}
  checkVariableTypes(schema, operation, inputs, introspection)
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], inputs)
  if (!coerced) return { plan: [], requested: 0 } // as above: execution refuses them too
  const clock = clockOf(args.contextValue as Context)
  const plan = planOf({ schema, document, operation, variables: coerced, clock })
  const requested = costOf(plan)
  if (requested > MAX_COST)
    throw new AppError(
      'QUERY_TOO_COSTLY',
      `This would cost more than ${MAX_COST}. Ask for smaller pages, coarser steps or fewer fields.`,
      { details: { maxCost: String(MAX_COST) } },
    )
  return { plan, requested }
}

/** A tenant pays for all its keys and people; whoever acts in none pays for the address. */
const payer = ({ viewer, address }: Context): Owner =>
  viewer.kind === 'anonymous' || viewer.tenant === undefined ? ['a', address] : ['t', viewer.tenant]

const write = (data: unknown, path: readonly (string | number)[], value: number): void => {
  const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown> | null)?.[key], data)
  if (typeof parent === 'object' && parent !== null) (parent as Record<string, unknown>)[path.at(-1)!] = value
}

export const createAdmission = ({
  rates,
  introspection,
}: {
  readonly rates: Pick<Rates, 'cost'>
  /** Whether a refusal may tell what the schema has. */
  readonly introspection: boolean
}): Admission => ({
  admit: async (args) => {
    const context = args.contextValue as Context
    if (context.bill) return context.bill
    const { plan, requested } = priced(args, introspection)
    const taken = await rates.cost?.take(payer(context), requested)
    return Object.assign(context, { bill: { plan, requested, taken, told: [] } satisfies Bill }).bill
  },
  settle: (_args, { plan, requested, taken, told }, result) => {
    // What failed may have cost all of it: one child that fails takes its parent, and what was found below that, out of the answer.
    const used = result.data && !result.errors ? actualCostOf(plan, result.data) : requested
    const actual = Math.min(requested, used)
    const rate = taken?.giveBack(requested - actual)
    for (const { path, field } of told)
      write(result.data, path, field === 'cost' ? actual : (rate?.remaining ?? 0))
    const budget = rate && { remaining: rate.remaining, resetAt: rate.resetAt.toISOString() }
    return { report: { requested, actual, max: MAX_COST, ...budget }, ...(rate && { rate }) }
  },
})
