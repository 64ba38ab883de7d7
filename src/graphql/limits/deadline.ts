import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { msLeft, underDeadline } from '../../platform/deadline.ts'
import { AppError } from '../../platform/errors.ts'

type Execute = (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult

const tooLong = (ms: number): AppError =>
  new AppError(
    'TIMED_OUT',
    `An operation may take ${ms / 1_000} s. Ask for a shorter range, smaller pages or fewer fields.`,
  )

// No client sees it: queries to stores fail with it when nobody waits for them any more.
const clientLeft = (): AppError => new AppError('BAD_REQUEST', 'The client has left.')

/**
 * Runs an operation for at most `ms` milliseconds, and answers `late` after that. The stores then end their
 * work too: each Postgres statement gets the time that is left until the deadline, and ClickHouse gets
 * `signal`. The signal is also aborted when the client leaves (`gone`). A Postgres statement then goes on
 * until the deadline: to cancel it would take a second connection, and a mutation that has begun is better
 * finished than left in doubt.
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
        // Postgres may report its timeout in the same millisecond: the client's error must not depend on who
        // was first.
        return result.errors && msLeft(deadline) <= 0 ? late(tooLong(ms)) : result
      } finally {
        clearTimeout(timer)
        gone.removeEventListener('abort', leave)
      }
    },
  }
}
