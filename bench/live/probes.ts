import { Redis } from 'ioredis'
import pg from 'pg'

/** The value below which `part` of the values are. */
export const at = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]!

/** Asks `{ __typename }` over and over, with a pause of 10 ms; `take` ends a part and answers its milliseconds. */
export const probeHttp = (port: number, key: string) => {
  let took: number[] = []
  const going = { on: true }
  const ask = async (): Promise<void> => {
    const from = performance.now()
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    })
    const text = await response.text()
    if (!text.includes('"Query"')) throw new Error(`{ __typename } was answered with ${text}`)
    took.push(performance.now() - from)
  }
  const all = async (): Promise<void> => {
    while (going.on) {
      await ask()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const asking = all()
  asking.catch(() => undefined) // `stop` throws it
  return {
    take: (): number[] => {
      const part = took
      took = []
      return part
    },
    stop: async (): Promise<void> => {
      going.on = false
      await asking
    },
  }
}

/** Counts Redis commands, those inside of scripts too, and transactions of Postgres. */
export const countStores = (redisUrl: string, postgresUrl: string) => {
  const redis = new Redis(redisUrl)
  return {
    redis: async (): Promise<number> => {
      const text = await redis.info('commandstats')
      return [...text.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
    },
    /** A backend tells what it did within 10 s after it has become idle. */
    transactions: async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 11_000))
      const postgres = new pg.Client({ connectionString: postgresUrl })
      await postgres.connect()
      const { rows } = await postgres.query<{ all: string }>(
        'SELECT xact_commit + xact_rollback AS all FROM pg_stat_database WHERE datname = current_database()',
      )
      await postgres.end()
      return Number(rows[0]!.all)
    },
    stop: async (): Promise<void> => {
      await redis.quit()
    },
  }
}
