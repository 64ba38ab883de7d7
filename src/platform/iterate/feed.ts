import { pull, type Source, type Step, type Waker } from './pull.ts'

/**
 * A source that may be driven by a loop (`listen`, `take`, `close`), or read as any async iterator. It keeps a
 * place and no queue, and a reader costs no promise a value: what drives it is woken and takes what is there.
 */
export abstract class Feed<T> implements Source<T>, AsyncIterableIterator<T, undefined> {
  private iterator: AsyncIterableIterator<T, undefined> | undefined

  abstract take(): Step<T> | Promise<Step<T>>
  abstract listen(waker: Waker): void
  abstract close(): void

  private pulled(): AsyncIterableIterator<T, undefined> {
    return (this.iterator ??= pull(this))
  }
  next(): Promise<IteratorResult<T, undefined>> {
    return this.pulled().next()
  }
  return(): Promise<IteratorResult<T, undefined>> {
    return this.pulled().return!()
  }
  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    return this.pulled().throw!(error)
  }
  [Symbol.asyncIterator](): this {
    return this
  }
}

/** Any async iterable as a feed: it is asked for one value at a time, when one is wanted. */
class IteratorFeed<T> extends Feed<T> {
  private readonly upstream: AsyncIterator<T>
  private asked = false
  private came: { readonly value: IteratorResult<T> } | { readonly error: unknown } | undefined
  private waker: Waker | undefined
  private closed = false

  constructor(source: AsyncIterable<T>) {
    super()
    this.upstream = source[Symbol.asyncIterator]()
  }
  take(): Step<T> {
    const { came } = this
    if (came === undefined) {
      if (!this.asked) void this.ask()
      return 'wait'
    }
    this.came = undefined
    this.asked = false
    if ('error' in came) throw came.error
    return came.value.done === true ? 'done' : { value: came.value.value }
  }
  private async ask(): Promise<void> {
    this.asked = true
    try {
      this.came = { value: await this.upstream.next() }
    } catch (error) {
      this.came = { error }
    }
    this.waker?.wake()
  }
  listen(waker: Waker): void {
    this.waker = waker
  }
  close(): void {
    if (this.closed) return
    this.closed = true
    // Nobody reads it any more, so nobody could be told how its end failed; it may also throw at once.
    void Promise.try(async () => this.upstream.return?.()).catch(() => undefined)
  }
}

class Once<T> extends Feed<T> {
  private left: { readonly value: T } | undefined

  constructor(value: T) {
    super()
    this.left = { value }
  }
  take(): Step<T> {
    const { left } = this
    this.left = undefined
    return left ?? 'done'
  }
  listen(): void {}
  close(): void {
    this.left = undefined
  }
}

/** A source as a loop drives it. */
export const feedOf = <T>(source: AsyncIterable<T>): Feed<T> =>
  source instanceof Feed ? (source as Feed<T>) : new IteratorFeed(source)

/** What becomes of a value: another, or nothing. */
export type Derived<R> = { readonly value: R } | 'left out'

/** The values of a feed, each changed or left out. They are not copied, so shared objects stay shared. */
export class DerivedFeed<T, R> extends Feed<R> {
  readonly source: Feed<T>
  readonly change: (value: T) => Derived<R>

  constructor(source: Feed<T>, change: (value: T) => Derived<R>) {
    super()
    this.source = source
    this.change = change
  }
  take(): Step<R> | Promise<Step<R>> {
    for (;;) {
      const step = this.source.take()
      if (step instanceof Promise) return step.then((later) => this.derive(later) ?? this.take())
      const derived = this.derive(step)
      if (derived !== undefined) return derived
    }
  }
  /** Undefined for a value that is left out: the next may be there already. */
  private derive(step: Step<T>): Step<R> | undefined {
    if (typeof step === 'string') return step
    const changed = this.change(step.value)
    return changed === 'left out' ? undefined : changed
  }
  listen(waker: Waker): void {
    this.source.listen(waker)
  }
  close(): void {
    this.source.close()
  }
}

/** Changes each value, in order. */
export const map = <T, R>(source: AsyncIterable<T>, change: (value: T) => R): Feed<R> =>
  new DerivedFeed(feedOf(source), (value) => ({ value: change(value) }))

/** Passes on the values for which `keep` is true. */
export const filter = <T>(source: AsyncIterable<T>, keep: (value: T) => boolean): Feed<T> =>
  new DerivedFeed(feedOf(source), (value) => (keep(value) ? { value } : 'left out'))

/**
 * A feed as what it is derived from and all that is done to a value of it, for whoever does that once for many.
 */
export const underived = <R>(
  feed: Feed<R>,
): [source: Feed<unknown>, change: (value: unknown) => Derived<R>] => {
  if (!(feed instanceof DerivedFeed)) return [feed, (value) => ({ value: value as R })]
  const { change } = feed as DerivedFeed<unknown, R>
  const [source, before] = underived(feed.source)
  return [
    source,
    (value) => {
      const step = before(value)
      return typeof step === 'string' ? step : change(step.value)
    },
  ]
}

/** One value and no more. */
export const once = <T>(value: T): Feed<T> => new Once(value)
