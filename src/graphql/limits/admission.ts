import { getOperationAST, type ExecutionArgs, type ExecutionResult } from 'graphql'
import { AppError } from '../../platform/errors.ts'
import type { Owner, RateState, Taken } from '../../platform/redis/rate.ts'
import type { Rates } from './rates.ts'
import type { Context } from '../context.ts'
import { actualCostOf } from './actual.ts'
import { costOf, MAX_COST } from './cost.ts'
import { checkVariableTypes } from './variable-types.ts'
import { checkVariables } from './variables.ts'

/** What an operation was charged before it ran, and which of its fields told so. */
export type Bill = {
  readonly requested: number
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
  /** Gives back what the answer did not use, and makes all places that tell of it agree. */
  settle(args: ExecutionArgs, bill: Bill, result: ExecutionResult): { report: CostReport; rate?: RateState }
}

/** The worst case of what is about to run. */
const priced = ({ schema, document, operationName, variableValues }: ExecutionArgs): number => {
  checkVariables(variableValues)
  const operation = getOperationAST(document, operationName)
  if (!operation) return 0 // execution says what is wrong with the name
  checkVariableTypes(schema, operation, variableValues ?? {})
  const cost = costOf(schema, document, operation, variableValues ?? {})
  if (cost > MAX_COST)
    throw new AppError(
      'QUERY_TOO_COSTLY',
      `This would cost more than ${MAX_COST}. Ask for smaller pages or fewer fields.`,
      { details: { maxCost: String(MAX_COST) } },
    )
  return cost
}

/** A tenant pays for all its keys and people; whoever acts in none pays for the address. */
const payer = ({ viewer, address }: Context): Owner =>
  viewer.kind === 'anonymous' || viewer.tenant === undefined ? ['a', address] : ['t', viewer.tenant]

const write = (data: unknown, path: readonly (string | number)[], value: number): void => {
  const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown> | null)?.[key], data)
  if (typeof parent === 'object' && parent !== null) (parent as Record<string, unknown>)[path.at(-1)!] = value
}

export const createAdmission = ({ rates }: { readonly rates: Pick<Rates, 'cost'> }): Admission => ({
  admit: async (args) => {
    const context = args.contextValue as Context
    if (context.bill) return context.bill
    const requested = priced(args)
    const taken = await rates.cost?.take(payer(context), requested)
    return Object.assign(context, { bill: { requested, taken, told: [] } satisfies Bill }).bill
  },
  settle: ({ schema, document, operationName }, { requested, taken, told }, result) => {
    const operation = getOperationAST(document, operationName)
    // What failed as a whole may have cost all of it.
    const used = operation && result.data ? actualCostOf(schema, document, operation, result.data) : requested
    const actual = Math.min(requested, used)
    const rate = taken?.giveBack(requested - actual)
    for (const { path, field } of told)
      write(result.data, path, field === 'cost' ? actual : (rate?.remaining ?? 0))
    const budget = rate && { remaining: rate.remaining, resetAt: rate.resetAt.toISOString() }
    return { report: { requested, actual, max: MAX_COST, ...budget }, ...(rate && { rate }) }
  },
})
