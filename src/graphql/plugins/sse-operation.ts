import type { ExecutionResult } from 'graphql'
import type { ErrorCode } from '../../platform/errors.ts'
import { feedOf, once } from '../../platform/iterate/feed.ts'
import { Subscriber } from '../../platform/live/subscriber.ts'
import { oncePerResult, resultCursor, resultText } from './shared-execution.text.ts'
import { frame, headOfNext, tailOfNext } from './sse-frame.ts'
import { NOTHING, type EventOutbox } from './sse-outbox.ts'

/** In a stream of one operation a result is the same for all who are sent it; in one of many, all but its head. */
const alone = oncePerResult((result) =>
  Buffer.from(frame('next', { id: undefined, payload: resultText(result), cursor: resultCursor(result) })),
)
const among = oncePerResult((result) => Buffer.from(tailOfNext(resultText(result))))

const headOf = (id: string | undefined): Buffer => (id === undefined ? NOTHING : Buffer.from(headOfNext(id)))

/** The answer of an operation: one result, or several over time. */
export type Results = ExecutionResult | AsyncIterable<ExecutionResult>

export const isLive = (results: Results): results is AsyncIterable<ExecutionResult> =>
  Symbol.asyncIterator in results

export const failedWith = (code: ErrorCode, { errors }: ExecutionResult): boolean =>
  errors?.some(({ extensions }) => extensions.code === code) ?? false

/** What an operation tells its stream. */
export type Stream = {
  readonly outbox: EventOutbox
  /** It has come to its end by itself. */
  completed(id: string | undefined, operation: SentOperation): void
  /** Its reader was too slow. */
  finish(): void
  broke(): void
}

/**
 * An operation whose results leave over a stream of events: a live one, or one with a single result, which counts
 * as under way until the client takes it.
 */
export class SentOperation extends Subscriber<ExecutionResult> {
  private readonly stream: Stream
  private readonly id: string | undefined
  private readonly head: Buffer
  readonly isLive: boolean

  constructor(stream: Stream, id: string | undefined, results: Results) {
    super(isLive(results) ? feedOf(results) : once(results), stream.outbox)
    this.isLive = isLive(results)
    this.stream = stream
    this.id = id
    this.head = headOf(id)
  }
  protected send(result: ExecutionResult): void {
    this.outbox.put(this.head, this.head === NOTHING ? alone(result) : among(result))
    if (result.errors && failedWith('SLOW_CONSUMER', result)) this.stream.finish() // not its end: the client goes on from there
  }
  protected complete(): void {
    this.stream.completed(this.id, this)
  }
  // Expected failures are results; this one breaks the response.
  protected fail(): void {
    this.stream.broke()
  }
}
