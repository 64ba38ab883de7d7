import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { logEvents } from './log-events.dataset.ts'
import { createLogPatternQueries } from './log-patterns.queries.ts'

const now = Math.floor(Date.now() / 60_000) * 60_000
const range = { from: new Date(now - 3_600_000), to: new Date(now) }
const everything = { filter: { all: [] }, range, first: 100 }

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())
const queries = (more: { readonly maxLines?: number } = {}) =>
  createLogPatternQueries({ clickHouse: store.clickHouse, clock: { now: () => now }, ...more })
const line = (message: string, n: number, level = 'INFO') => ({ time: now - 60_000 + n, message, level })

const same: [string, string[]][] = [
  ['took <number> ms', ['took 3 ms', 'took 12.75 ms', 'took 1200 ms']],
  ['disk_<number> is at <number>%', ['disk_1 is at 90%', 'disk_22 is at 100%']],
  ['user <uuid> is gone', [`user ${uuidv7()} is gone`, `user ${uuidv7().toUpperCase()} is gone`]],
  [
    'from <address> refused',
    ['from 10.0.0.1 refused', 'from 192.0.2.7:8080 refused', 'from 2001:db8:0:1::7 refused'],
  ],
  ['mail to <address> sent', ['mail to ann@example.org sent', 'mail to b.c+d@mail.example.com sent']],
  ['commit <hex> at <hex>', ['commit 9fceb02d0ae598 at 0x7f', 'commit DEADBEEF01 at 0xFFFF']],
  ["can't open <text> or <text>", [`can't open "a b" or 'c'`, `can't open "" or 'it is 9'`]],
]

test('lines that differ by numbers, ids, addresses and quoted texts alone are one pattern, and no others', async () => {
  const [tenant, other] = [trustTenantId(uuidv7()), trustTenantId(uuidv7())]
  const messages = same.flatMap(([, some]) => some)
  const lines = [...messages.map((text, n) => line(text, n)), line('plain words', 50, 'FATAL')]
  // Another order and other blocks change nothing.
  await storeItems(store.clickHouse, logEvents, tenant, lines.slice(5).toReversed() as never)
  await storeItems(store.clickHouse, logEvents, tenant, lines.slice(0, 5) as never)
  const { lines: all, patterns } = await queries().patterns(tenant, everything)
  expect(all).toBe(lines.length)
  expect(new Map(patterns.map(({ pattern, lines: count }) => [pattern, count]))).toEqual(
    new Map([...same.map(([pattern, some]) => [pattern, some.length] as const), ['plain words', 1]]),
  )
  expect(patterns.map(({ lines: count }) => count)).toEqual(
    patterns.map(({ lines: count }) => count).toSorted((a, b) => b - a),
  )
  expect(patterns.find(({ pattern }) => pattern === 'took <number> ms')).toEqual({
    pattern: 'took <number> ms',
    lines: 3,
    errors: 0,
    firstSeenAt: new Date(now - 60_000),
    lastSeenAt: new Date(now - 60_000 + 2),
    example: 'took 1200 ms',
  })
  expect(patterns.find(({ pattern }) => pattern === 'plain words')).toMatchObject({ lines: 1, errors: 1 })
  expect((await queries().patterns(tenant, { ...everything, first: 1 })).patterns).toHaveLength(1)
  expect(await queries().patterns(other, everything)).toEqual({ lines: 0, patterns: [] })
})

test('more lines than patterns are made of are refused, with their number', async () => {
  const tenant = trustTenantId(uuidv7())
  const some = Array.from({ length: 6 }, (_, n) => line('again', n))
  await storeItems(store.clickHouse, logEvents, tenant, some as never)
  const { patterns } = queries({ maxLines: 5 })
  await expect(patterns(tenant, everything)).rejects.toThrow(
    expect.objectContaining({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('These are 6 lines, and patterns are made of at most 5.'),
    }),
  )
  const shorter = { ...range, to: new Date(now - 60_000 + 5) }
  expect(await patterns(tenant, { ...everything, range: shorter })).toMatchObject({ lines: 5 })
})
