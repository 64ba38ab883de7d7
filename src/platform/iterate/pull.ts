/** What a source has: a value, nothing yet (it will notify), or nothing ever again. */
export type Step<T> = { readonly value: T } | 'wait' | 'done'

/** Whom a source tells that `take` is worth another try; at any time, also in vain. */
export type Waker = { wake(): void }

/** Wakes them all. What one of them throws keeps no other asleep: the first such error is thrown at the end. */
export const wakeAll = (wakers: Iterable<Waker>): void => {
  let failed: { readonly error: unknown } | undefined
  for (const waker of wakers) {
    try {
      waker.wake()
    } catch (error) {
      failed ??= { error }
    }
  }
  if (failed) throw failed.error
}

/** Where values come from. A source keeps no queue for its reader: values are taken from it. */
export type Source<T> = {
  /**
   * Called once at a time, and only while a reader waits for a value. Throwing ends the iteration with that
   * error.
   */
  take(): Step<T> | Promise<Step<T>>
  /** Called once, at the start. */
  listen(waker: Waker): void
  /** Called once, however the iteration ends: done, an error, or the consumer's `return` or `throw`. */
  close(): void
}

type Reader<T> = {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: unknown): void
}

const done = { done: true, value: undefined } as const

/**
 * The program's one way from "there may be a value" to an async iterator. `return` and `throw` take effect at
 * once, also while a value is awaited or read; a value that comes after the close is dropped. Nothing is
 * raced: a waiting reader is a pair of functions that `close` resolves too, so a long wait retains nothing.
 */
export const pull = <T>(source: Source<T>): AsyncIterableIterator<T, undefined> => {
  const readers: Reader<T>[] = []
  let closed = false
  let busy = false
  let notified = false

  const close = (): void => {
    if (closed) return
    closed = true
    try {
      source.close()
    } finally {
      for (const reader of readers.splice(0)) reader.resolve(done)
    }
  }

  const fail = (error: unknown): void => {
    if (closed) return
    readers.shift()?.reject(error)
    close()
  }

  /** True when there may be more to take now. */
  const handle = (step: Step<T>): boolean => {
    if (closed) return false
    if (step === 'done') close()
    else if (step === 'wait') return notified
    else readers.shift()?.resolve({ done: false, value: step.value })
    return !closed
  }

  const resume = (more: boolean | void): void => {
    busy = false
    if (more) pump()
  }

  const pump = (): void => {
    if (busy || closed) return
    busy = true
    try {
      let more = true
      while (more && readers.length > 0) {
        notified = false
        const step = source.take()
        if (step instanceof Promise) {
          void step.then(handle).catch(fail).then(resume)
          return
        }
        more = handle(step)
      }
    } catch (error) {
      fail(error)
    }
    busy = false
  }
  source.listen({
    wake: () => {
      notified = true
      pump()
    },
  })

  const iterator: AsyncIterableIterator<T, undefined> = {
    next: () =>
      closed
        ? Promise.resolve(done)
        : new Promise((resolve, reject) => {
            readers.push({ resolve, reject })
            pump()
          }),
    return: () => {
      close()
      return Promise.resolve(done)
    },
    throw: (error) => {
      close()
      return Promise.reject(error as Error)
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
