import {
  buildSchema,
  execute,
  GraphQLError,
  isScalarType,
  parse,
  printSchema,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'
import { errorCodes, type ErrorCode } from '../../src/platform/errors.ts'
import type { Coverage } from './coverage.ts'
import type { Operation } from './operations.ts'
import type { Heard } from './roads.ts'

const codes = new Set([...Object.keys(errorCodes), 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'])
/** Codes of what was our fault. Nothing that a client sends may come to them. */
const ours = new Set(
  Object.entries(errorCodes)
    .filter(([, { status }]) => status >= 500)
    .map(([code]) => code),
)
/** Words of drivers, SQL, paths and of the language, which no message has. */
const inner =
  /[Pp]risma|\bSQL\b|\bSELECT\b|\bINSERT\b|\bUPDATE "|relation "|constraint|ECONN|ENOENT|node_modules|\.ts:\d|\.js:\d|\/tmp\/|\/home\/|DB::|chdb|Invalid `|is not a function|Cannot read prop|is not iterable|\[object |Unexpected token|in JSON at/

const leaves: Readonly<Record<string, (value: unknown) => boolean>> = {
  DateTime: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value),
  BigInt: (value) => typeof value === 'string' && /^-?\d{1,20}$/.test(value),
  Duration: (value) =>
    typeof value === 'string' && /^P(?!$)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/.test(value),
  JSON: () => true,
  ID: (value) => typeof value === 'string' && value !== '',
  String: (value) => typeof value === 'string' && value.isWellFormed(),
  Int: (value) => Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31,
  Float: (value) => typeof value === 'number' && Number.isFinite(value),
  Boolean: (value) => typeof value === 'boolean',
}

/** The same schema, whose leaves are checked instead of written. */
const checkingSchema = (schema: GraphQLSchema): GraphQLSchema => {
  const copy = buildSchema(printSchema(schema))
  for (const type of Object.values(copy.getTypeMap())) {
    if (!isScalarType(type)) continue
    const fits = leaves[type.name]
    if (!fits) throw new Error(`${type.name} is a new scalar: say in tests/fuzz what it is.`)
    type.serialize = (value) => {
      if (!fits(value)) throw new GraphQLError(`${JSON.stringify(value)} is no ${type.name}`)
      return value
    }
  }
  return copy
}

type Result = {
  readonly data?: unknown
  readonly errors?: readonly {
    readonly message?: unknown
    readonly path?: readonly (string | number)[]
    readonly extensions?: { readonly code?: string; readonly requestId?: string }
  }[]
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether the place of an error, or one above it, is null. */
const isMissing = (data: unknown, path: readonly (string | number)[]): boolean => {
  let at = data
  for (const step of path) {
    if (at === null || at === undefined) return true
    at = (at as Record<string, unknown>)[step]
  }
  return at === null || at === undefined
}

/** Every text under `message` of something that has a `code` too: what a problem says. */
const problemWords = (value: unknown, found: string[] = []): string[] => {
  if (Array.isArray(value)) for (const each of value) problemWords(each, found)
  else if (isObject(value)) {
    if (typeof value['message'] === 'string' && typeof value['code'] === 'string')
      found.push(value['message'])
    for (const each of Object.values(value)) problemWords(each, found)
  }
  return found
}

export type Judged = { readonly faults: string[]; readonly codes: string[] }

const judgeError = (error: NonNullable<Result['errors']>[number], result: Result, sent: string): string[] => {
  const faults: string[] = []
  const { message, path, extensions } = error
  const code = extensions?.code
  if (typeof message !== 'string' || message === '') faults.push('an error without a message')
  else if (!message.isWellFormed()) faults.push(`a message that is no text: ${JSON.stringify(message)}`)
  if (code === undefined || !codes.has(code)) faults.push(`the code ${code} is not of the list`)
  else if (ours.has(code)) faults.push(`${code}: ${String(message)}`)
  if (typeof extensions?.requestId !== 'string') faults.push(`no request id: ${String(message)}`)
  const [told] = inner.exec(String(message)) ?? []
  if (told !== undefined && !sent.includes(told)) faults.push(`inner words: ${String(message)}`)
  if (path && result.data != null && !isMissing(result.data, path))
    faults.push(`an error at ${path.join('.')}, which has a value`)
  return faults
}

/** The statuses that `docs/errors.md` gives an answer; the request itself is refused with the second. */
const statusesOf = ({ accept, kind }: Operation, result: Result): readonly number[] => {
  const code = result.errors?.[0]?.extensions?.code ?? ''
  if (result.data !== undefined) return [200]
  const own = errorCodes[code as ErrorCode]?.status ?? 400
  const plain = accept === 'application/json' ? [200, own] : [own]
  return kind === 'subscription' ? [...plain, 406] : plain // there is nowhere to send events to
}

/** Judges answers by the schema and by what is promised of all of them. */
export const createJudge = (schema: GraphQLSchema, coverage: Coverage) => {
  const checking = checkingSchema(schema)

  const documentOf = (query: string): DocumentNode | undefined => {
    try {
      const document = parse(query)
      return validate(checking, document).length === 0 ? document : undefined
    } catch (error) {
      if (error instanceof GraphQLError) return undefined
      throw error
    }
  }

  /** What is wrong with the data, by answering the operation from it once more. */
  const offSchema = (operation: Operation, document: DocumentNode, data: unknown): string[] => {
    const again = execute({
      schema: checking,
      document,
      rootValue: data,
      variableValues: (JSON.parse(operation.body) as { variables?: Record<string, unknown> }).variables ?? {},
      operationName: operation.operationName ?? null,
      fieldResolver: (source: Record<string, unknown>, args: Record<string, unknown>, _context, info) => {
        coverage.field(info, args)
        return source[String(info.path.key)]
      },
      typeResolver: (value: { __typename?: string }) => value.__typename ?? '',
    })
    if (again instanceof Promise) throw new TypeError('nothing here waits')
    const wrong = (again.errors ?? []).map(
      ({ message, path }) => `off the schema at ${path?.join('.')}: ${message}`,
    )
    if (wrong.length > 0) return wrong
    return JSON.stringify(again.data) === JSON.stringify(data)
      ? []
      : [`the data are not what was asked for: ${JSON.stringify(again.data)}`]
  }

  const judgeResult = (
    operation: Operation,
    document: DocumentNode | undefined,
    text: string,
    status?: number,
  ) => {
    const faults: string[] = []
    let result: Result
    try {
      result = JSON.parse(text) as Result
    } catch {
      return { faults: [`no JSON: ${text.slice(0, 200)}`], codes: [] }
    }
    if (!isObject(result)) return { faults: [`no result: ${text.slice(0, 200)}`], codes: [] }
    const { data, errors } = result
    if (errors !== undefined && (!Array.isArray(errors) || errors.length === 0))
      faults.push('errors without any')
    for (const error of errors ?? []) faults.push(...judgeError(error, result, operation.body))
    for (const words of problemWords(data)) {
      const [told] = inner.exec(words) ?? []
      if (told !== undefined && !operation.body.includes(told)) faults.push(`inner words: ${words}`)
    }
    const isPlain = operation.road === 'HTTP' || operation.road === 'GET'
    if (isPlain && status !== undefined && !statusesOf(operation, result).includes(status))
      faults.push(`the status ${status} with ${text.slice(0, 200)}`)
    if (data == null && errors === undefined) faults.push(`neither data nor errors: ${text.slice(0, 200)}`)
    if (data != null && operation.isRequest)
      faults.push(
        ...(document ? offSchema(operation, document, data) : ['data for a document that is not valid']),
      )
    const problems = isObject(data)
      ? Object.values(data).flatMap((each) =>
          isObject(each) && typeof each['code'] === 'string' ? [each['code']] : [],
        )
      : []
    const told = [...(errors ?? []).map(({ extensions }) => extensions?.code ?? '?'), ...problems]
    return { faults, codes: told.length > 0 ? told : ['answered'] }
  }

  /** `secrets` are what no answer may hold, unless the request itself says it. */
  return (operation: Operation, heard: Heard, secrets: Iterable<string>): Judged => {
    const faults: string[] = []
    const told: string[] = []
    if (heard.status !== undefined && heard.status >= 500) faults.push(`status ${heard.status}`)
    // As a WebSocket is closed with 4403: the credential is no more, or has other rights.
    if (heard.cut) told.push('cut')
    if (heard.other !== undefined) faults.push(`no result: ${heard.other}`)
    if (heard.closed !== undefined) {
      told.push(String(heard.closed))
      const mayClose = operation.isRequest ? [1009, 4403] : [4400, 1009, 4403]
      if (!mayClose.includes(heard.closed)) faults.push(`the socket was closed with ${heard.closed}`)
    }
    const document = documentOf(operation.query)
    for (const text of heard.results) {
      const judged = judgeResult(operation, document, text, heard.status)
      faults.push(...judged.faults)
      told.push(...judged.codes)
      for (const secret of secrets)
        if (text.includes(secret) && !operation.body.includes(secret))
          faults.push(`tells ${secret} of the other tenant`)
    }
    return { faults, codes: told.length > 0 ? told : ['silent'] }
  }
}
