import { GraphQLError, type ExecutionResult } from 'graphql'
import { placeOf } from '../errors.ts'

/** Headers of a stream. The first and the last are for intermediaries that would keep it to themselves. */
export const EVENTS = {
  'cache-control': 'no-cache',
  'content-encoding': 'none',
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
}

/**
 * The opening of a stream: something to read, for browsers that take a response for open only then, and how
 * long a browser waits before it comes again, in milliseconds. Not the same for all: those that a process cut
 * off together don't come back together.
 */
export const opening = (): string => `retry: ${500 + Math.floor(Math.random() * 1_000)}\n\n`

export const COMMENT = ':\n\n'

/**
 * One event of the protocol. `id` is the operation's in a stream of many. The cursor is a field of the stream
 * itself, so only where it has one operation: a browser gives it back as `Last-Event-ID`.
 */
export const frame = (
  event: 'next' | 'complete',
  { id, payload, cursor }: { id: string | undefined; payload?: string; cursor?: string | undefined },
): string => {
  const inner = payload === undefined ? '' : `,"payload":${payload}`
  const data = id === undefined ? (payload ?? '') : `{"id":${JSON.stringify(id)}${inner}}`
  const place = id === undefined && cursor !== undefined ? `id: ${cursor}\n` : ''
  return `event: ${event}\n${place}data:${data && ` ${data}`}\n\n`
}

/** A `next` of one of many operations, before and after its payload. */
export const headOfNext = (id: string): string => `event: next\ndata: {"id":${JSON.stringify(id)},"payload":`
export const tailOfNext = (payload: string): string => `${payload}}\n\n`

type Http = { readonly status?: number; readonly headers?: Record<string, string>; readonly spec?: boolean }

/**
 * A whole answer as events. An error's status is the response's only where it is malformed: a browser gives
 * up a stream that does not begin with 200.
 */
export const answerEvents = (result: ExecutionResult): { text: string; init: ResponseInit } => {
  const headers: Record<string, string> = { ...EVENTS }
  let status = 200
  const errors = result.errors?.map((error) => {
    const { http, ...extensions } = error.extensions
    const { status: own = 200, headers: more, spec } = (http ?? {}) as Http
    if (!spec) status = Math.max(status, own)
    Object.assign(headers, more)
    return new GraphQLError(error.message, { ...placeOf(error), extensions })
  })
  const payload = JSON.stringify(errors ? { ...result, errors } : result)
  const text = opening() + frame('next', { id: undefined, payload }) + frame('complete', { id: undefined })
  return { text, init: { status, headers } }
}
