import type { ExecutionResult } from 'graphql'

const texts = new WeakMap<object, () => string>()

/** Errors come last, as graphql-ws has them. */
const textOf = ({ errors, ...rest }: ExecutionResult): string =>
  JSON.stringify(errors ? { ...rest, errors } : rest)

/**
 * Gives a result its JSON text, made once, on first use. Yoga's response processors call a result's
 * `stringify`. It is not enumerable, so a plugin that copies the result to change it (masked errors) drops
 * the text with the original.
 */
export const attachText = (result: ExecutionResult): ExecutionResult => {
  let text: string | undefined
  const stringify = (): string => (text ??= textOf(result))
  texts.set(result, stringify)
  return Object.defineProperty(result, 'stringify', { value: stringify })
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
export const resultText = (result: ExecutionResult): string => texts.get(result)?.() ?? textOf(result)

/** What a transport sends of a result, made once for all who are sent it: most ask for the newest. */
export const oncePerResult = (make: (result: ExecutionResult) => Buffer) => {
  type Made = { readonly of: ExecutionResult; readonly bytes: Buffer }
  const all = new WeakMap<ExecutionResult, Made>()
  let newest: WeakRef<Made> | undefined
  return (result: ExecutionResult): Buffer => {
    const last = newest?.deref()
    if (last?.of === result) return last.bytes
    const made = all.get(result) ?? { of: result, bytes: make(result) }
    all.set(result, made)
    newest = new WeakRef(made)
    return made.bytes
  }
}
