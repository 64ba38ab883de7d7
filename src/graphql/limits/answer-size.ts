import type { ExecutionResult } from 'graphql'
import { AppError } from '../../platform/errors.ts'

/**
 * The most bytes of an answer, without what its texts escape. Writing it as text holds the event loop, and
 * the client's: a page of 100 of the longest log lines has 3,300,000.
 */
export const MAX_ANSWER_BYTES = 8_000_000

/** Texts of up to so many characters are counted by them: asking for the bytes takes longer than writing them. */
const FEW = 64
/** Quotes, and what is between two values. */
const AROUND = 3

const sizeOfText = (text: string): number =>
  text.length > FEW ? Buffer.byteLength(text) + AROUND : text.length + AROUND

/** Bytes of a value as JSON, nearly. It stops counting soon after `most`. */
export const sizeOf = (value: unknown, most: number): number => {
  let size = 0
  const add = (each: unknown): void => {
    if (typeof each === 'string') size += sizeOfText(each)
    else if (typeof each !== 'object' || each === null) size += AROUND
    else if (Array.isArray(each)) {
      size += AROUND
      for (const item of each) {
        if (size > most) return
        add(item)
      }
    } else {
      size += AROUND
      for (const key in each) {
        if (size > most) return
        size += key.length + AROUND
        add((each as Record<string, unknown>)[key])
      }
    }
  }
  add(value)
  return size
}

/** What each error has beside its message: its place, its path, the request id. */
const OF_ERROR = 200

/** The refusal of an answer that is too long to be sent. A mutation has run then; its audit entry says so. */
export const tooLong = ({ data, errors = [] }: ExecutionResult): AppError | undefined => {
  const told = errors.reduce((size, { message }) => size + message.length + OF_ERROR, 0)
  if (told + sizeOf(data, MAX_ANSWER_BYTES) <= MAX_ANSWER_BYTES) return undefined
  const bytes = MAX_ANSWER_BYTES.toLocaleString('en-US')
  return new AppError(
    'LIMIT_EXCEEDED',
    `The answer would have more than ${bytes} bytes. Ask for smaller pages, and for each long text once.`,
  )
}
