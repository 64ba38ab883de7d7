import type { Client } from 'pg'
import { AppError } from '../errors.ts'
import { unfit, unreachable } from '../given.ts'
import { ownClient } from './client.ts'
import { postgresError, sqlState } from './errors.ts'

/** The setting that a URL came from, for the advice. */
export type Setting = 'DATABASE_URL' | 'DATABASE_OWNER_URL'

/** What a person can mend about a connection, or the error as it is. By SQLSTATE: PostgreSQL, appendix A. */
const connectError = (error: unknown, url: string, setting: Setting): unknown => {
  const advice = (text: string) => new AppError('CONFLICT', text, { cause: error })
  switch (sqlState(error)) {
    case '28000':
    case '28P01':
      return advice(`Postgres refuses the user of ${setting}: the role is missing or its password is wrong.`)
    case '3D000':
      return advice(`The database that ${setting} names does not exist. Create it first (CREATE DATABASE).`)
  }
  if (postgresError(error)) return unreachable('Postgres', url, setting, error)
  // TLS that one side does not want, an address of another program: the driver has no codes for these.
  return error instanceof Error
    ? unfit('Postgres', url, setting, `can't be used: ${error.message}. Correct the URL.`, error)
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
  const client = ownClient({ connectionString: url })
  await client.connect().catch((error: unknown) => {
    throw connectError(error, url, setting)
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
