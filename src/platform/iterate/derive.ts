import type { Step } from './pull.ts'

/** An async iterable whose end can be forwarded; a plain async iterable has no `return`. */
type Upstream<T> = AsyncIterable<T> | AsyncIterator<T>

const iteratorOf = <T>(source: Upstream<T>): AsyncIterator<T> =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source

/**
 * One value in, one value out or none ('wait' skips it). `return` and `throw` go to the source and end this
 * iterator at once, also while the source or `change` is under way. When `change` throws, the source is
 * closed and the reader gets the error.
 */
const derive = <T, R>(
  source: Upstream<T>,
  change: (value: T) => Step<R> | Promise<Step<R>>,
): AsyncIterableIterator<R, undefined> => {
  const upstream = iteratorOf(source)
  let closed = false
  const isClosed = (): boolean => closed
  const finish = (): IteratorReturnResult<undefined> => {
    closed = true
    return { done: true, value: undefined }
  }
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    if (!closed) {
      closed = true
      await upstream.return?.()
    }
    return finish()
  }
  const next = async (): Promise<IteratorResult<R, undefined>> => {
    while (!isClosed()) {
      const result = await upstream.next()
      // `closed` may have changed while the next value was awaited.
      if (result.done === true || isClosed()) return finish()
      let step: Step<R>
      try {
        step = await change(result.value)
      } catch (error) {
        await end()
        throw error
      }
      if (step === 'done') return end()
      if (step !== 'wait' && !isClosed()) return { done: false, value: step.value }
    }
    return finish()
  }
  const iterator: AsyncIterableIterator<R, undefined> = {
    next,
    return: end,
    throw: async (error) => {
      await end()
      throw error
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}

/** Changes each value, one at a time, in order. */
export const map = <T, R>(source: Upstream<T>, change: (value: T) => R | Promise<R>) =>
  derive<T, R>(source, (value) => {
    const changed = change(value)
    return changed instanceof Promise ? changed.then((value) => ({ value })) : { value: changed }
  })

/** Passes on the values for which `keep` is true. They are not copied, so shared objects stay shared. */
export const filter = <T>(source: Upstream<T>, keep: (value: T) => boolean) =>
  derive<T, T>(source, (value) => (keep(value) ? { value } : 'wait'))

/** When the source fails, `toValue` makes its error one last value, and then the iteration is done. */
export const catchToLast = <T>(
  source: Upstream<T>,
  toValue: (error: unknown) => T,
): AsyncIterableIterator<T, undefined> => {
  const upstream = iteratorOf(source)
  let over = false
  const done: IteratorReturnResult<undefined> = { done: true, value: undefined }
  const iterator: AsyncIterableIterator<T, undefined> = {
    next: async () => {
      if (over) return done
      try {
        const result = await upstream.next()
        return result.done === true ? done : result
      } catch (error) {
        over = true
        return { done: false, value: toValue(error) }
      }
    },
    return: async () => {
      over = true
      await upstream.return?.()
      return done
    },
    throw: async (error) => {
      over = true
      await upstream.return?.()
      throw error
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
