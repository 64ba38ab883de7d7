import type { ExecutionResult } from 'graphql'
import { AppError, shuttingDown, type ErrorCode } from '../../platform/errors.ts'
import { MAX_OPERATIONS } from '../limits/operations.ts'
import { resultCursor, resultText } from './shared-execution.text.ts'
import { COMMENT, frame, opening } from './sse-frame.ts'

/** The answer of an operation: one result, or several over time. */
export type Results = ExecutionResult | AsyncIterable<ExecutionResult>

export type SseStream = {
  /** The body of the response. It takes the next text only when the one before has been sent. */
  readonly body: ReadableStream<Uint8Array>
  /**
   * Runs one operation under an id, `undefined` for the only one of its stream. Resolves when it has begun;
   * its results follow in the stream. `gone` is aborted when nobody waits for them any more. Throws CONFLICT
   * for an id that is in use, LIMIT_EXCEEDED and SHUTTING_DOWN.
   */
  run(id: string | undefined, begin: (gone: AbortSignal) => Promise<Results>): Promise<void>
  /** Ends an operation at its client's request: nothing more of it is sent, and its id is free again. */
  end(id: string): void
  /**
   * Sends a comment that keeps intermediaries from closing the stream, unless something else is about to be
   * sent.
   */
  keepAlive(): void
  /**
   * Accepts no more operations. Live ones end without a word, so that their clients come again; the stream
   * ends when the others are complete.
   */
  finish(): void
  /** Ends all operations at once and frees their sources. */
  close(): void
}

type Operation = {
  results: AsyncIterator<ExecutionResult> | undefined
  ended: boolean
  readonly gone: AbortController
}
type Waiting = { readonly text: string; readonly of: Operation | undefined; readonly sent: () => void }

const nothing = (): void => {}

export const isLive = (results: Results): results is AsyncIterable<ExecutionResult> =>
  Symbol.asyncIterator in results

const failedWith = (code: ErrorCode, { errors }: ExecutionResult): boolean =>
  errors?.some(({ extensions }) => extensions.code === code) ?? false

/** In a drain: a live operation, or one that came too late to be one. Its client has to come again. */
export const isCutOff = (results: Results): boolean => isLive(results) || failedWith('SHUTTING_DOWN', results)

/**
 * One SSE response and the operations whose results it carries. Each operation has at most one text waiting
 * and asks its source again only when that has been taken, so a client that does not read holds its
 * operations back, not results here.
 */
export const createSseStream = ({ onClose }: { onClose: () => void }): SseStream => {
  const operations = new Map<string | undefined, Operation>()
  let queue: Waiting[] = [{ text: opening(), of: undefined, sent: nothing }]
  let wake = nothing
  let finishing = false
  let closed = false
  let cancelled = false
  let failure: unknown

  const put = (text: string, of?: Operation): Promise<void> =>
    new Promise((sent) => {
      queue.push({ text, of, sent })
      wake()
    })

  const stop = (operation: Operation): void => {
    operation.ended = true
    operation.gone.abort()
    const dropped = queue.filter(({ of }) => of === operation)
    queue = queue.filter(({ of }) => of !== operation)
    for (const { sent } of dropped) sent()
    // Nobody reads this source any more, so nobody could be told how its end failed.
    operation.results?.return?.().catch(() => undefined)
  }

  const close = (): void => {
    if (closed) return
    closed = true
    for (const operation of operations.values()) stop(operation)
    operations.clear()
    wake()
    onClose()
  }

  const endLive = (): void => {
    for (const [id, operation] of operations) {
      if (!operation.results) continue
      operations.delete(id)
      stop(operation)
    }
  }
  const finish = (): void => {
    finishing = true
    endLive()
    wake()
  }

  const send = async (id: string | undefined, operation: Operation, results: Results): Promise<void> => {
    const sendResult = async (result: ExecutionResult): Promise<void> => {
      const payload = resultText(result) ?? JSON.stringify(result)
      await put(frame('next', { id, payload, cursor: resultCursor(result) }), operation)
      if (failedWith('SLOW_CONSUMER', result)) finish() // not its end: the client goes on from there
    }
    if (isLive(results)) {
      const iterator = (operation.results = results[Symbol.asyncIterator]())
      for (;;) {
        const next = await iterator.next()
        if (operation.ended || next.done === true) break
        await sendResult(next.value)
      }
    } else await sendResult(results)
    if (operation.ended) return
    await put(frame('complete', { id }), operation)
    if (operation.ended) return
    operations.delete(id)
    if (id === undefined) finishing = true
    wake()
  }

  const isQuiet = (): boolean => queue.length === 0 && !closed && !(finishing && operations.size === 0)
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    while (isQuiet()) {
      await new Promise<void>((resolve) => (wake = resolve))
    }
    if (cancelled) return
    const first = queue.shift()
    if (first) {
      controller.enqueue(Buffer.from(first.text))
      return first.sent()
    }
    if (failure === undefined) controller.close()
    else controller.error(failure)
    close()
  }

  const cancel = (): void => {
    cancelled = true
    close()
  }

  return {
    body: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }),
    run: async (id, begin) => {
      if (finishing || closed) throw shuttingDown()
      if (operations.has(id))
        throw new AppError('CONFLICT', 'This operation id is in use. Use a new one for each operation.')
      if (operations.size >= MAX_OPERATIONS)
        throw new AppError(
          'LIMIT_EXCEEDED',
          `A stream has at most ${MAX_OPERATIONS} operations under way. End one, or open another stream.`,
        )
      const operation: Operation = { results: undefined, ended: false, gone: new AbortController() }
      operations.set(id, operation)
      let results: Results
      try {
        results = await begin(operation.gone.signal)
      } catch (error) {
        if (operations.get(id) === operation) operations.delete(id)
        wake()
        throw error
      }
      if (operation.ended || (finishing && isCutOff(results))) {
        if (operations.get(id) === operation) operations.delete(id)
        wake()
        if (isLive(results)) await results[Symbol.asyncIterator]().return?.()
        return
      }
      send(id, operation, results).catch((error: unknown) => {
        failure = error // expected failures are results; this one breaks the response
        close()
      })
    },
    end: (id) => {
      const operation = operations.get(id)
      if (!operation) return
      operations.delete(id)
      stop(operation)
      wake()
    },
    keepAlive: () => {
      if (queue.length === 0) void put(COMMENT)
    },
    finish,
    close,
  }
}
