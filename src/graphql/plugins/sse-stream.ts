import type { ServerResponse } from 'node:http'
import { AppError, shuttingDown } from '../../platform/errors.ts'
import { MAX_OPERATIONS } from '../limits/operations.ts'
import { COMMENT, frame, opening } from './sse-frame.ts'
import { failedWith, isLive, SentOperation, type Results, type Stream } from './sse-operation.ts'
import { EventOutbox } from './sse-outbox.ts'

/** In a drain: a live operation, or one that came too late to be one. Its client has to come again. */
export const isCutOff = (results: Results): boolean => isLive(results) || failedWith('SHUTTING_DOWN', results)

/** An operation that begins, or is not answered yet. */
type Answering = { readonly gone: AbortController }

/**
 * One SSE response and the operations whose results it carries. Nothing waits here for a client that does not
 * read: its live operations keep their places.
 */
export class SseStream implements Stream {
  readonly outbox = new EventOutbox()
  private readonly operations = new Map<string | undefined, Answering | SentOperation>()
  private readonly onClose: () => void
  private attached = false
  private finishing = false
  private closed = false

  constructor(onClose: () => void) {
    this.onClose = onClose
    this.outbox.say(opening())
  }

  /** Answers a request with the stream. */
  attach(response: ServerResponse): void {
    this.attached = true
    if (response.destroyed) return this.close()
    this.outbox.attach(response)
    this.endIfOver()
  }

  /**
   * Runs one operation under an id, `undefined` for the only one of its stream. Resolves when it has begun;
   * its results follow in the stream. `gone` is aborted when nobody waits for them any more. Throws CONFLICT
   * for an id that is in use, LIMIT_EXCEEDED and SHUTTING_DOWN.
   */
  async run(id: string | undefined, begin: (gone: AbortSignal) => Promise<Results>): Promise<void> {
    const { operations } = this
    if (this.finishing || this.closed) throw shuttingDown()
    if (operations.has(id))
      throw new AppError('CONFLICT', 'This operation id is in use. Use a new one for each operation.')
    if (operations.size >= MAX_OPERATIONS)
      throw new AppError(
        'LIMIT_EXCEEDED',
        `A stream has at most ${MAX_OPERATIONS} operations under way. End one, or open another stream.`,
      )
    const answering: Answering = { gone: new AbortController() }
    operations.set(id, answering)
    try {
      const results = await begin(answering.gone.signal)
      const isWanted = operations.get(id) === answering && !(this.finishing && isCutOff(results))
      const sent = new SentOperation(this, id, results)
      if (!isWanted) return sent.close()
      operations.set(id, sent)
      sent.start()
    } finally {
      if (operations.get(id) === answering) this.remove(id)
    }
  }

  /** Ends an operation at its client's request: nothing more of it is sent, and its id is free again. */
  end(id: string): void {
    const operation = this.operations.get(id)
    if (!operation) return
    end(operation)
    this.operations.delete(id)
    this.endIfOver()
  }

  /**
   * Sends a comment that keeps intermediaries from closing the stream, unless something else is about to be
   * sent.
   */
  keepAlive(): void {
    if (this.outbox.unsent === 0) this.outbox.say(COMMENT)
  }

  /**
   * Accepts no more operations. Live ones end without a word, so that their clients come again; the stream
   * ends when the others are complete.
   */
  finish(): void {
    this.finishing = true
    for (const [id, operation] of this.operations) {
      if (!(operation instanceof SentOperation) || !operation.isLive) continue
      operation.close()
      this.operations.delete(id)
    }
    this.endIfOver()
  }

  /** Ends all operations at once and frees their sources. */
  close(): void {
    if (this.closed) return
    this.closed = true
    for (const operation of this.operations.values()) end(operation)
    this.operations.clear()
    this.onClose()
  }

  completed(id: string | undefined, operation: SentOperation): void {
    if (this.operations.get(id) !== operation) return
    this.outbox.say(frame('complete', { id }))
    this.remove(id)
  }

  broke(): void {
    this.close()
    this.outbox.destroy()
  }

  private remove(id: string | undefined): void {
    this.operations.delete(id)
    if (id === undefined) this.finishing = true // it was the only one
    this.endIfOver()
  }

  private endIfOver(): void {
    if (!this.finishing || this.operations.size > 0 || !this.attached || this.closed) return
    this.outbox.end()
    this.close()
  }
}

const end = (operation: Answering | SentOperation): void =>
  operation instanceof SentOperation ? operation.close() : operation.gone.abort()
