import type { ExecutionArgs, ExecutionResult } from 'graphql'
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
 * Runs an operation for at most `ms` milliseconds and answers `late` after that. `signal` is aborted then, and when the
 * client leaves (`gone`): what takes it stops at once. A Postgres statement doesn't, because Prisma may run it for
 * several operations at once; its own limit of 15 s ends it.
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
      let timer: NodeJS.Timeout | undefined
      const end = new Promise<ExecutionResult>((resolve) => {
        if (ms > 0)
          timer = setTimeout(() => {
            const error = tooLong(ms)
            resolve(late(error))
            ending.abort(error)
          }, ms)
      })
      try {
        return await Promise.race([execute(args), end])
      } finally {
        clearTimeout(timer)
        gone.removeEventListener('abort', leave)
      }
    },
  }
}
