import { getOperationAST, parse, GraphQLError, type DocumentNode, type ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { AppError } from '../../platform/errors.ts'
import type { ServerContext } from '../../server/websocket.ts'
import type { Context } from '../context.ts'
import { costOf, MAX_COST } from './cost.ts'
import { checkDocument, documentLimits, exceeded } from './document.ts'
import { checkVariables } from './variables.ts'

const refusal = (error: unknown): GraphQLError => {
  if (!(error instanceof AppError)) throw error
  return new GraphQLError(error.message, { originalError: error, extensions: { code: error.code } })
}

const tooManyTokens = (error: unknown): boolean =>
  error instanceof GraphQLError && error.message.startsWith('Syntax Error: Document contains more than')

/** Parses with all limits of a document held. What it throws is cached by Yoga like any other syntax error. */
const parseWithin = (source: string): DocumentNode => {
  if (source.length > documentLimits.characters) throw refusal(exceeded('characters'))
  try {
    const document = parse(source, { maxTokens: documentLimits.tokens })
    checkDocument(document)
    return document
  } catch (error) {
    if (tooManyTokens(error)) throw refusal(exceeded('tokens'))
    throw error instanceof GraphQLError ? error : refusal(error)
  }
}

/** The cost of what is about to run; throws QUERY_TOO_COSTLY before anything of it has run. */
const priced = ({ schema, document, operationName, variableValues }: ExecutionArgs): number => {
  checkVariables(variableValues)
  const operation = getOperationAST(document, operationName)
  if (!operation) return 0 // execution says what is wrong with the name
  const cost = costOf(schema, document, operation, (variableValues ?? {}) as Record<string, unknown>)
  if (cost > MAX_COST)
    throw new AppError(
      'QUERY_TOO_COSTLY',
      `This would cost more than ${MAX_COST}. Ask for smaller pages or fewer fields.`,
      {
        details: { maxCost: String(MAX_COST) },
      },
    )
  return cost
}

/** Holds the limits of `docs/errors.md` on every transport: they all parse, execute and subscribe through these hooks. */
export const useLimits = (): Plugin<Context, ServerContext> => ({
  onParse: ({ setParseFn }) =>
    setParseFn((source) => parseWithin(typeof source === 'string' ? source : source.body)),
  onExecute: ({ args, setResultAndStopExecution }) => {
    try {
      const requested = priced(args)
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (!(Symbol.asyncIterator in result))
            setResult({ ...result, extensions: { ...result.extensions, cost: { requested, max: MAX_COST } } })
        },
      }
    } catch (error) {
      setResultAndStopExecution({ errors: [refusal(error)] })
    }
  },
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    try {
      priced(args)
    } catch (error) {
      setResultAndStopExecution({ errors: [refusal(error)] })
    }
  },
})
