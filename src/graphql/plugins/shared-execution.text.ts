import type { ExecutionResult } from 'graphql'

const kept = Symbol('kept')
/** What was made of a result that many share: its text, and the bytes of each transport. */
type Kept = { text: string | undefined; readonly bytes: Buffer[] }
type Shared = ExecutionResult & { readonly [kept]?: Kept }

/** Errors come last, as graphql-ws has them. */
const textOf = ({ errors, ...rest }: ExecutionResult): string =>
  JSON.stringify(errors ? { ...rest, errors } : rest)

/**
 * Gives a result its JSON text, made once, on first use. Yoga's response processors call a result's
 * `stringify`. Neither is enumerable, so a plugin that copies the result to change it (masked errors) drops
 * what was made of the original.
 */
export const attachText = (result: ExecutionResult): ExecutionResult => {
  const own: Kept = { text: undefined, bytes: [] }
  const stringify = (): string => (own.text ??= textOf(result))
  return Object.defineProperties(result, { stringify: { value: stringify }, [kept]: { value: own } })
}

const cursors = new WeakMap<object, string>()

/** Gives a result the place of its event in the topic. */
export const attachCursor = (result: ExecutionResult, cursor: string | undefined): ExecutionResult => {
  if (cursor !== undefined) cursors.set(result, cursor)
  return result
}

/** The place that a client resumes from when this result was its last; undefined for a state's. */
export const resultCursor = (result: object): string | undefined => cursors.get(result)

/** The JSON of a result: for one that many share it was made once. */
export const resultText = (result: Shared): string => {
  const own = result[kept]
  return own ? (own.text ??= textOf(result)) : textOf(result)
}

let kinds = 0
/** What a transport sends of a result; of one that many share it is made once. */
export const oncePerResult = (make: (result: ExecutionResult) => Buffer) => {
  const kind = (kinds += 1)
  return (result: Shared): Buffer => {
    const own = result[kept]
    return own ? (own.bytes[kind] ??= make(result)) : make(result)
  }
}
