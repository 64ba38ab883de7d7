import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { unfit, unreachable } from '../given.ts'
import { toAppError } from './errors.ts'

/** 192 UNKNOWN_USER, 193 WRONG_PASSWORD, 194 REQUIRED_PASSWORD, 516 AUTHENTICATION_FAILED. */
const refusals = new Set(['192', '193', '194', '516'])
const TRY_MS = 10_000

const connectError = (error: Error & { code?: unknown }, url: string): Error => {
  const setting = 'CLICKHOUSE_URL'
  if (refusals.has(String(error.code)))
    return unfit('ClickHouse', url, setting, 'refuses its user or password. Correct the URL.', error)
  if (toAppError(error).code === 'STORE_UNAVAILABLE' || error.message === 'Timeout error.')
    return unreachable('ClickHouse', url, setting, error)
  const said = error.message.split('\n')[0]!.slice(0, 200)
  return unfit('ClickHouse', url, setting, `can't be used: ${said}. Correct the URL.`, error)
}

/**
 * Throws AppError with advice unless the server of CLICKHOUSE_URL answers and lets its user in. The database
 * may be missing: a migration makes it.
 */
export const assertClickHouse = async (text: string): Promise<void> => {
  const url = new URL(text)
  const username = decodeURIComponent(url.username) || 'default'
  const password = decodeURIComponent(url.password)
  url.username = url.password = url.pathname = ''
  const client = createClient({
    url,
    username,
    password,
    database: 'default',
    request_timeout: TRY_MS,
    log: { level: ClickHouseLogLevel.OFF },
  })
  try {
    const answer = await client.query({ query: 'SELECT 1', format: 'TabSeparated' })
    await answer.text()
  } catch (error) {
    throw error instanceof Error ? connectError(error, text) : error
  } finally {
    await client.close()
  }
}
