import type { ExecutionResult } from 'graphql'
import { oncePerResult, resultText } from '../../graphql/plugins/shared-execution.text.ts'
import type { Feed } from '../../platform/iterate/feed.ts'
import { Subscriber } from '../../platform/live/subscriber.ts'
import type { Session } from './session.ts'

const END = '}'

/** What the `next` messages of a result have in common: all after the operation's id. */
const payload = oncePerResult((result) => Buffer.from(resultText(result) + END))

const headOf = (id: string): Buffer => Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)

/** Sends the only result of a query, of a mutation, or of a subscription that could not begin. */
export const sendResult = ({ outbox }: Session, id: string, result: ExecutionResult): void =>
  outbox.put(headOf(id), payload(result))

/** A live operation of one socket. */
export class LiveOperation extends Subscriber<ExecutionResult> {
  private readonly session: Session
  private readonly id: string
  private readonly head: Buffer

  constructor(session: Session, id: string, feed: Feed<ExecutionResult>) {
    super(feed, session.outbox)
    this.session = session
    this.id = id
    this.head = headOf(id)
  }
  protected send(result: ExecutionResult): void {
    this.outbox.put(this.head, payload(result))
  }
  protected complete(): void {
    this.session.complete(this.id, this)
  }
  protected fail(error: unknown): void {
    this.session.fail(error)
  }
}
