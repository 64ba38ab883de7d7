import type { ExecutionResult } from 'graphql'
import type { Waker } from '../../platform/iterate/pull.ts'

/** What an event is for one group, once it was executed. */
export type Outcome = {
  value: ExecutionResult | undefined
  failure: { readonly error: unknown } | undefined
  /** Who waits for it; undefined when it is there. */
  waiting: Waker[] | undefined
}

/** Of an event that a group does not get. */
export const LEFT_OUT: Outcome = { value: undefined, failure: undefined, waiting: undefined }

/** The outcomes of events, while they are held; many ask for the newest one after the other. */
export class Outcomes {
  private readonly all = new WeakMap<object, Outcome>()
  private newest: { readonly event: object; readonly outcome: Outcome } | undefined

  get(event: object): Outcome | undefined {
    return this.newest?.event === event ? this.newest.outcome : this.all.get(event)
  }
  set(event: object, outcome: Outcome): void {
    this.all.set(event, outcome)
    if (outcome !== LEFT_OUT) this.newest = { event, outcome }
  }
  delete(event: object): void {
    this.all.delete(event)
    if (this.newest?.event === event) this.newest = undefined
  }
}
