import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { msLeft, underDeadline } from '../../platform/deadline.ts'
import { AppError } from '../../platform/errors.ts'

type Execute = (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult

const tooLong = (ms: number): AppError =>
  new AppError(
    'TIMED_OUT',
    `An operation may take ${ms / 1_000} s. Ask for a shorter range, smaller pages or fewer fields.`,
  )

// Nobody reads it: it is what a question to a store that nobody waits for any more fails with.
const clientLeft = (): AppError => new AppError('BAD_REQUEST', 'The client has left.')

/**
 * Runs an operation for at most `ms` milliseconds and answers `late` after that. The stores end their work then too: Postgres
 * knows how long each statement may take from the deadline that the operation runs under, ClickHouse is told by `signal`.
 * That is aborted when the client leaves as well (`gone`). A Postgres statement then goes on until the deadline: to cancel it
 * takes a second connection, and a mutation that was sent had better be done than be neither.
 */
export const withDeadline = (options: {
  readonly ms: number
  readonly gone: AbortSignal
  readonly late: (error: AppError) => ExecutionResult
}): { readonly signal: AbortSignal; wrap(execute: Execute): Execute } => {
  const { ms, gone, late } = options
  const ending = new AbortController()
  const leave = (): void => ending.abort(clientLeft())
  return {
    signal: ending.signal,
    wrap: (execute) => async (args) => {
      if (gone.aborted) leave()
      else gone.addEventListener('abort', leave, { once: true })
      const deadline = ms > 0 ? { endsAt: performance.now() + ms } : undefined
      let timer: NodeJS.Timeout | undefined
      const end = new Promise<ExecutionResult>((resolve) => {
        if (deadline)
          timer = setTimeout(() => {
            const error = tooLong(ms)
            resolve(late(error))
            ending.abort(error)
          }, ms)
      })
      try {
        const result = await Promise.race([underDeadline(deadline, () => execute(args)), end])
        // Postgres may say that time is over in the same millisecond: what the client reads must not depend on who was first.
        return result.errors && msLeft(deadline) <= 0 ? late(tooLong(ms)) : result
      } finally {
        clearTimeout(timer)
        gone.removeEventListener('abort', leave)
      }
    },
  }
}
