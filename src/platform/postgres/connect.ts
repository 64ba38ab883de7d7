import { Client } from 'pg'
import { AppError } from '../errors.ts'
import { postgresError, sqlState } from './errors.ts'

/** The setting that a URL came from, for the advice. */
export type Setting = 'DATABASE_URL' | 'DATABASE_OWNER_URL'

/** What a person can mend about a connection, or the error as it is. By SQLSTATE: PostgreSQL, appendix A. */
const connectError = (error: unknown, setting: Setting): unknown => {
  const advice = (text: string) => new AppError('CONFLICT', text, { cause: error })
  switch (sqlState(error)) {
    case '28000':
    case '28P01':
      return advice(`Postgres refuses the user of ${setting}: the role is missing or its password is wrong.`)
    case '3D000':
      return advice(`The database that ${setting} names does not exist. Create it first (CREATE DATABASE).`)
  }
  return postgresError(error)
    ? new AppError(
        'STORE_UNAVAILABLE',
        `Postgres does not answer where ${setting} says. Start it, or correct the URL.`,
        { cause: error },
      )
    : error
}

/**
 * Runs `work` on a connection of its own, without a scope. Throws AppError with advice when there is none.
 */
export const connected = async <T>(
  url: string,
  setting: Setting,
  work: (client: Client) => Promise<T>,
): Promise<T> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect().catch((error: unknown) => {
    throw connectError(error, setting)
  })
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Throws AppError with advice unless the database of a URL can be used. */
export const assertReachable = (url: string, setting: Setting): Promise<void> =>
  connected(url, setting, async (client) => void (await client.query('SELECT 1')))
