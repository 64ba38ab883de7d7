import { expect, test } from 'vitest'
import { loadConfig } from './config.ts'

const wrongOf = (env: Record<string, string>): string[] => {
  try {
    loadConfig({}, env)
    return []
  } catch (error) {
    return (error as Error).message.split('\n').slice(1)
  }
}

const POSTGRES = 'postgres://app:secret@db:5432/heliograph'

test('a setting that means nothing without another is refused without it, also where that is empty', () => {
  const needed = /^ {2}DATABASE_URL: is needed with DATABASE_OWNER_URL, for example /
  for (const env of [{}, { DATABASE_URL: '' }, { DATABASE_URL: '', REDIS_URL: 'redis://redis' }])
    expect(wrongOf({ DATABASE_OWNER_URL: POSTGRES, ...env })).toEqual([expect.stringMatching(needed)])
  expect(wrongOf({ MAIL_FROM: 'a@example.com' })).toEqual([
    expect.stringMatching(/^ {2}SMTP_URL: is needed with MAIL_FROM/),
  ])
  expect(wrongOf({ DATABASE_URL: POSTGRES, DATABASE_OWNER_URL: POSTGRES })).toEqual([])
})

test('the URL of a store that is empty beside one that is given is told, and where all are empty, all are embedded', () => {
  expect(wrongOf({ DATABASE_URL: POSTGRES, REDIS_URL: '', CLICKHOUSE_URL: ' ' })).toEqual([
    '  CLICKHOUSE_URL: is empty while DATABASE_URL is given; give it too, or leave it out to embed that store',
    '  REDIS_URL: is empty while DATABASE_URL is given; give it too, or leave it out to embed that store',
  ])
  expect(wrongOf({ DATABASE_URL: '', REDIS_URL: '', CLICKHOUSE_URL: '', DATABASE_OWNER_URL: '' })).toEqual([])
  expect(wrongOf({ DATABASE_URL: POSTGRES })).toEqual([])
})

test('a number is digits, and blanks are no value', () => {
  for (const text of ['0x10', '1e3', '1.5', '-1', '1_000', '+1', '1 0'])
    expect(wrongOf({ PORT: text })).toEqual([expect.stringMatching(/^ {2}PORT: expected a port/)])
  expect(loadConfig({}, { PORT: ' 80 ' }).PORT).toBe(80)
  const blank = loadConfig({}, { RATE_LIMIT_COST: ' ', HELIOGRAPH_SECRET: ' '.repeat(40) })
  expect(blank).toEqual(loadConfig({}, {}))
})
