import { Feed } from './feed.ts'

/** What many readers have places in: their indexes mean the same value for all of them. */
export type Window = object

/**
 * A feed whose values stand in a window that others read too: whoever knows from another's reading what is not for it
 * goes past that without taking it.
 */
export abstract class WindowedFeed<T> extends Feed<T> {
  abstract readonly window: Window
  /** The index of the value that it takes next, where that will come of the window. */
  abstract place(): number | undefined
  /** Goes on to a later index, as if all before it had been taken; false, and stays, where that is not in the window. */
  abstract goOn(index: number): boolean
}
