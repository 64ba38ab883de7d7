import pg from 'pg'
import { vi } from 'vitest'

export type Statement = { readonly text: string; readonly values: unknown[] }

/** What writes down the uses of keys, every so often. */
const usesWritten = /^\s*WITH used/

/** How often the program wrote down uses of keys while `work` ran. */
export const usesWrittenDuring = async (work: () => Promise<unknown>): Promise<number> => {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    return spy.mock.calls.filter(([query]) => usesWritten.test((query as unknown as Statement).text)).length
  } finally {
    spy.mockRestore()
  }
}

/**
 * What comes by the clock: the outbox, alert rules, uses of keys, tasks that look through all tenants, and credentials that
 * are looked up anew every two seconds. And what a connection says that opens meanwhile.
 */
const byTheClock =
  /outbox_messages|pg_advisory_xact_lock|alert_lease|FROM alert_rules WHERE enabled|FROM alert_series ORDER BY tenant_id|FROM incident_signals\s+UNION|^\s*WITH used|FROM api_keys k JOIN tenants t|FROM sessions s JOIN users u|^SELECT DISTINCT tenant_id\b|pg_backend_pid|^SELECT set_config/

/**
 * Every statement that a connection of the program was given while `work` ran, but for what comes by the
 * clock.
 */
export const statementsDuring = async (work: () => Promise<unknown>): Promise<Statement[]> => {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    await work()
    return (
      spy.mock.calls
        // A connection that opens meanwhile says its first words as a plain text.
        .map(([query]) =>
          typeof query === 'string' ? { text: query, values: [] } : (query as unknown as Statement),
        )
        .filter(({ text }) => !byTheClock.test(text) && !/^(BEGIN|COMMIT)$/.test(text))
    )
  } finally {
    spy.mockRestore()
  }
}
