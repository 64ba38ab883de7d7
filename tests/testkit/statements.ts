import pg from 'pg'
import { vi } from 'vitest'

export type Statement = { readonly text: string; readonly values: unknown[] }

/**
 * Every statement that a connection of the program was given while `work` ran, but for what the program
 * writes by the clock.
 */
export const statementsDuring = async (work: () => Promise<unknown>): Promise<Statement[]> => {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    return spy.mock.calls
      .map(([query]) => query as unknown as Statement)
      .filter(
        ({ text }) => !/outbox_messages|pg_advisory_xact_lock|^\s*WITH used|^(BEGIN|COMMIT)$/.test(text),
      )
  } finally {
    spy.mockRestore()
  }
}
