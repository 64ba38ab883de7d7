import { AppError } from '../errors.ts'

/**
 * The place of an event in its topic: the id of its entry in the Redis Stream, `<milliseconds>-<number>`.
 * Only Redis makes them, in rising order.
 */
export type Cursor = string

/**
 * Before the first event. As `after` it asks for everything, which is proven only while nothing was trimmed.
 */
export const beginning: Cursor = '0-0'

// At most 15 and 9 digits: Redis takes 64 bits for each, but what it makes itself stays far below, and is
// exact here.
const shape = /^(?:0|[1-9]\d{0,14})-(?:0|[1-9]\d{0,8})$/

/** Checks a cursor that a client sent. Throws BAD_REQUEST. */
export const parseCursor = (text: string): Cursor => {
  if (!shape.test(text))
    throw new AppError(
      'BAD_REQUEST',
      'The cursor is not one that this server made. Use `cursor` of an event as it is.',
    )
  return text
}
