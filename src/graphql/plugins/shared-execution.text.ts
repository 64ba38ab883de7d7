import { randomUUID } from 'node:crypto'
import type { ExecutionResult } from 'graphql'

const texts = new WeakMap<object, () => string>()

/**
 * Gives a result its JSON text, made once, on first use. Yoga's response processors call a result's
 * `stringify`. It is not enumerable, so a plugin that copies the result to change it (masked errors) drops
 * the text with the original.
 */
export const attachText = (result: ExecutionResult): ExecutionResult => {
  let text: string | undefined
  const stringify = (): string => (text ??= JSON.stringify(result))
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

/** The text of a shared result; undefined for any other result. */
export const resultText = (result: object): string | undefined => texts.get(result)?.()

/**
 * Puts ready text into the frames of one WebSocket. graphql-ws makes a frame by JSON.stringify of the whole
 * message, and JSON.rawJSON takes no objects; so `onNext` (its server option) answers with a small stand-in,
 * and `fill` (in the socket's `send`) puts the text in its place. The mark is random: no client can send it.
 * Each socket has an instance of its own.
 */
export const createTextFrames = () => {
  const mark = randomUUID()
  const opening = `{"extensions":{"${mark}":`
  const waiting = new Map<number, string>()
  let count = 0
  return {
    /** A stand-in for a shared result, undefined for any other: graphql-ws then sends the result itself. */
    onNext: (result: object): { readonly extensions: Record<string, number> } | undefined => {
      const text = resultText(result)
      if (text === undefined) return undefined
      waiting.set(++count, text)
      return { extensions: { [mark]: count } }
    },
    /** The frame as it is sent. */
    fill: (frame: string): string => {
      const from = waiting.size > 0 ? frame.indexOf(opening) : -1
      if (from < 0) return frame
      const to = frame.indexOf('}', from)
      const id = Number(frame.slice(from + opening.length, to))
      const text = waiting.get(id)
      waiting.delete(id)
      if (text === undefined) throw new TypeError('a stand-in was sent twice')
      return frame.slice(0, from) + text + frame.slice(to + 2)
    },
  }
}
