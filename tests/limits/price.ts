import { getOperationAST, parse, type GraphQLSchema } from 'graphql'
import { costOf } from '../../src/graphql/limits/cost.ts'
import { planOf, type Planned } from '../../src/graphql/limits/plan.ts'

/** In the middle of a bucket of any step: a day then has 289 of five minutes. */
export const NOW = Date.parse('2026-11-20T12:00:00.500Z')

export const planned = (
  schema: GraphQLSchema,
  text: string,
  variables: Record<string, unknown> = {},
): readonly Planned[] => {
  const document = parse(text)
  const operation = getOperationAST(document)!
  return planOf({ schema, document, operation, variables, clock: { now: () => NOW } })
}

/** What an operation is charged before it runs. */
export const priceOf = (schema: GraphQLSchema, text: string, variables?: Record<string, unknown>): number =>
  costOf(planned(schema, text, variables))
