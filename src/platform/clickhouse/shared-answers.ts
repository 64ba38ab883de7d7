import { setTimeout as pause } from 'node:timers/promises'
import type { ClickHouse, QueryOptions } from './client.ts'
import type { NamedQuery } from './query.ts'
import { compileSql } from './sql.ts'

/** For so long after a shared question was sent its answer is given to others: a tick of a dashboard that polls. */
export const SHARED_MS = 1_000

type Flight = {
  readonly rows: Promise<unknown[]>
  readonly ends: AbortController
  users: number
}

/** Waits for the rows, or for the signal: then it throws the signal's reason. */
const unless = async <T>(signal: AbortSignal | undefined, rows: Promise<T>): Promise<T> => {
  if (!signal) return rows
  const left = Promise.withResolvers<never>()
  const leave = () => left.reject(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([rows, left.promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/**
 * The same ClickHouse, of which a `shared` query that many ask at once (the same statement with the same values,
 * hence of one tenant and window) is sent once. An answer is at most `sharedMs` old; one that failed is given to those who
 * waited for it and to nobody else. A query is ended on the server when the last of them has left.
 */
export const shareAnswers = (clickHouse: ClickHouse, sharedMs = SHARED_MS): ClickHouse => {
  const flights = new Map<string, Flight>()

  const forget = (key: string, flight: Flight): void => {
    if (flights.get(key) === flight) flights.delete(key)
  }

  /** Keeps a flight until its answer is old. */
  const keep = async (key: string, flight: Flight): Promise<void> => {
    const sentAt = performance.now()
    flights.set(key, flight)
    try {
      await flight.rows
      const leftMs = sentAt + sharedMs - performance.now()
      if (leftMs > 0) await pause(leftMs, undefined, { ref: false })
    } catch {
      // It is thrown to those who wait for it.
    } finally {
      forget(key, flight)
    }
  }

  const take = (key: string, send: (signal: AbortSignal) => Promise<unknown[]>): Flight => {
    const ends = new AbortController()
    const flight: Flight = { rows: send(ends.signal), ends, users: 0 }
    void keep(key, flight)
    return flight
  }

  return {
    ...clickHouse,
    query: async <Row>(named: NamedQuery<Row>, options: QueryOptions = {}) => {
      if (!named.shared) return clickHouse.query(named, options)
      const { signal, ...rest } = options
      signal?.throwIfAborted()
      const { text, params } = compileSql(named.sql)
      const key = JSON.stringify([named.name, named.tenant, rest.maxSeconds, text, params])
      const flight =
        flights.get(key) ?? take(key, (ends) => clickHouse.query(named, { ...rest, signal: ends }))
      flight.users += 1
      try {
        // The same name, statement and values have rows of one form.
        return (await unless(signal, flight.rows)) as Row[]
      } finally {
        flight.users -= 1
        // Too late where there is an answer: then it ends nothing.
        if (flight.users === 0 && signal?.aborted) {
          forget(key, flight)
          flight.ends.abort(signal.reason)
        }
      }
    },
  }
}
