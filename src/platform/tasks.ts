import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'

/** What a program does by the clock, for all tenants. Many programs may run it at once. */
export type Task = { readonly name: string; readonly everyMs: number; run(): Promise<unknown> }

/**
 * Does something for each, one after the other. One that fails takes its turn from nobody: the first error is
 * thrown when all have had theirs.
 */
export const forEachInTurn = async <T>(
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> => {
  const failures: unknown[] = []
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

export type Tasks = {
  /** Waits for those that run and starts none any more. */
  stop(): Promise<void>
}

/**
 * Runs each task at once and then again and again, `everyMs` after it has ended: one that is slow runs less
 * often and never twice at once. One that fails is logged and runs again.
 */
export const startTasks = (tasks: readonly Task[], log: Logger): Tasks => {
  const timers = new Map<Task, NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let stopped = false

  const once = async ({ name, run }: Task): Promise<void> => {
    try {
      await run()
    } catch (error) {
      const level = error instanceof AppError && error.code === 'STORE_UNAVAILABLE' ? 'warn' : 'error'
      log[level]({ err: error, task: name }, 'A task of the clock failed and will be tried again')
    }
  }
  const next = (task: Task, afterMs: number): void => {
    const start = (): void => {
      const turn = once(task)
      running.add(turn)
      void turn.finally(() => {
        running.delete(turn)
        if (!stopped) next(task, task.everyMs)
      })
    }
    timers.set(task, setTimeout(start, afterMs).unref())
  }
  for (const task of tasks) next(task, 0)

  return {
    stop: async () => {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all(running)
    },
  }
}
