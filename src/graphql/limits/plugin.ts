import {
  GraphQLError,
  Lexer,
  parse,
  Source,
  TokenKind,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { AppError } from '../../platform/errors.ts'
import { RateLimitedError } from '../../platform/redis/rate.ts'
import type { Context, ServerContext } from '../context.ts'
import { refusalOf } from '../errors.ts'
import { tooLong } from './answer-size.ts'
import type { Charge, CostControl } from './charge.ts'
import { withDeadline } from './deadline.ts'
import { checkDocument, documentLimits, exceeded } from './document.ts'
import { refuseIntrospection } from './introspection.ts'
import { rateHeaders } from './rates.ts'
import { validateWithin } from './told-errors.ts'
import { checkExtensions } from './variables.ts'

const refusal = (error: unknown): GraphQLError => {
  if (!(error instanceof AppError)) throw error
  const { code, status } = error
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { code, http: { status, spec: true } },
  })
}

/**
 * Called when a document does not parse: graphql's error for too many tokens differs from other syntax errors
 * only by its message.
 */
const hasTooManyTokens = (source: string): boolean => {
  const lexer = new Lexer(new Source(source))
  try {
    for (let count = 0; lexer.advance().kind !== TokenKind.EOF; count += 1)
      if (count >= documentLimits.tokens) return true
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error // the rest of the text can't be read as tokens
  }
  return false
}

/** Parses a document and checks its limits. Yoga caches what it throws like any other syntax error. */
const parseWithin = (source: string, introspection: boolean): DocumentNode => {
  if (source.length > documentLimits.characters) throw refusal(exceeded('characters'))
  try {
    const document = parse(source, { maxTokens: documentLimits.tokens })
    checkDocument(document)
    if (!introspection) refuseIntrospection(document)
    return document
  } catch (error) {
    if (error instanceof GraphQLError && hasTooManyTokens(source)) throw refusal(exceeded('tokens'))
    throw error instanceof GraphQLError ? error : refusal(error)
  }
}

/**
 * The HTTP status of a refusal, for Yoga. A client that reads events gets it as an event, with status 200.
 */
const statusOf = (error: AppError, { transport, accepts }: Context) => {
  if (transport !== 'http') return {}
  const { code, status, retryAfterSeconds } = error
  const streams = accepts !== undefined && accepts.events !== false && !accepts.json
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  return { http: { status, headers, spec: streams || code !== 'RATE_LIMITED' } }
}

/** The answer to an operation that may not start, or may not go on. */
const refused = (thrown: unknown, context: Context): ExecutionResult => {
  const { error, place } = refusalOf(thrown)
  if (error instanceof RateLimitedError) context.answer.rate = error.state
  const { code, message, retryAfterSeconds } = error
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  const extensions = { code, requestId: context.requestId, ...retry, ...statusOf(error, context) }
  return { errors: [new GraphQLError(message, { ...place, extensions })] }
}

/**
 * Enforces the limits of `docs/limits.md` on every transport: all of them parse, execute and subscribe
 * through these hooks, but for live operations that are known (`KnownLive`), which are charged as here.
 */
export const useLimits = (options: {
  readonly costControl: CostControl
  /** How long a query or mutation may take; 0 for no limit. Subscriptions have none. */
  readonly timeoutMs: number
  readonly introspection: boolean
}): Plugin<Context, ServerContext> => {
  const { costControl, timeoutMs, introspection } = options
  const chargeFor = async (
    args: ExecutionArgs,
  ): Promise<{ charge: Charge } | { refusal: ExecutionResult }> => {
    try {
      return { charge: await costControl.charge(args) }
    } catch (error) {
      return { refusal: refused(error, args.contextValue as Context) }
    }
  }
  return {
    onParams: ({ params }) => {
      try {
        checkExtensions(params?.extensions)
      } catch (error) {
        throw refusal(error)
      }
    },
    onParse: ({ setParseFn }) =>
      setParseFn((source) => parseWithin(typeof source === 'string' ? source : source.body, introspection)),
    onValidate: ({ setValidationFn }) =>
      setValidationFn((schema, document, rules) => validateWithin(schema, document, rules, introspection)),
    onExecute: async ({ args, executeFn, setExecuteFn, extendContext, setResultAndStopExecution }) => {
      const context = args.contextValue as Context
      const charged = await chargeFor(args)
      if ('refusal' in charged) return setResultAndStopExecution(charged.refusal)
      const deadline = withDeadline({
        ms: timeoutMs,
        gone: context.gone,
        late: (error) => refused(error, context),
      })
      extendContext({ signal: deadline.signal })
      setExecuteFn(deadline.wrap(executeFn as never))
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result) return
          const error = tooLong(result)
          const answer = error ? refused(error, context) : result
          const { report, rate } = costControl.refund(charged.charge, answer)
          context.answer.rate = rate
          setResult({ ...answer, extensions: { ...answer.extensions, cost: report } })
        },
      }
    },
    onSubscribe: async ({ args, setResultAndStopExecution }) => {
      const charged = await chargeFor(args)
      if ('refusal' in charged) setResultAndStopExecution(charged.refusal)
      else (args.contextValue as Context).answer.rate = charged.charge.budget
    },
    onResponse: ({ response, serverContext }) => {
      const rate = serverContext.answer?.rate
      if (!rate) return
      for (const [name, value] of Object.entries(rateHeaders(rate))) response.headers.set(name, String(value))
    },
  }
}
