import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openTestStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { folded } from '../../platform/clickhouse/filter.ts'
import { defineQuery } from '../../platform/clickhouse/query.ts'
import { sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { matches, type Filter } from '../../platform/filter-tree.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { withoutCase } from '../../platform/texts.ts'
import { logEvents } from './log-events.dataset.ts'
import { logWhere } from './log-filter.queries.ts'
import { createLogQueries, type LogQueries } from './log.queries.ts'

const now = Date.now()
const tenant = trustTenantId(uuidv7())
const range = { from: new Date(now - 3_600_000), to: new Date(now + 1) }

// A sequence that is the same in every run (xorshift32).
let state = 0x9e3779b9
const below = (bound: number): number => {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % bound
}
const oneOf = <T>(values: readonly T[]): T => values[below(values.length)]!

const lettersOf = (text: string): string[] => Array.from(text)
/** Letters whose case is odd, signs of LIKE and of quoting, and marks that stand on another letter. */
const letters = lettersOf(
  '\\\\\\"\'%_*? aAbBsSiIkKfF7ςσΣοΟßẞſıİﬁﬅK\u212bÅåµμϐβΒǅǆǄꭰᎠ𐐀𐐨юЮéÉ漢😀\u0301\u0307\u0345\u200d\n\0',
)
const wordOf = (length: number): string => Array.from({ length }, () => oneOf(letters)).join('')
const texts = [
  'id\\\\\\"',
  'ΟΔΥΣΣΕΥΣ',
  'Ο Οδυσσεύς της Ιθάκης',
  'Straße STRASSE',
  'ışık IŞIK İstanbul',
  'C:\\\\temp\\',
  ...Array.from({ length: 40 }, () => wordOf(1 + below(14))),
]
const lines = [...new Set(texts)]

const cased = (text: string): string =>
  oneOf([text, text.toUpperCase(), text.toLowerCase(), text.toUpperCase().toLowerCase()])
const contains = (value: string): Filter => ({ column: 'message', operator: 'contains', value })
/** Every part of a text, cut between letters, each in some case. */
const partsOf = (text: string): string[] => {
  const points = lettersOf(text)
  const parts = points.flatMap((_, from) =>
    points.slice(from).map((__, length) => points.slice(from, from + length + 1).join('')),
  )
  return [...new Set(parts)].map(cased)
}

let store: TestStore
let queries: LogQueries
const rows = <T>(select: Sql, row: z.ZodType<T>): Promise<T[]> =>
  store.clickHouse.query(defineQuery({ name: 'test', tenant: 'operator', sql: select, row }))

beforeAll(async () => {
  store = await openTestStore()
  queries = createLogQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
  const [made] = await rows(
    sql`SELECT create_table_query AS text FROM system.tables WHERE database = currentDatabase() AND name = 'log_events'`,
    z.object({ text: z.string() }),
  )
  // Each line in a granule of its own, so that the index decides about each line by itself.
  await store.clickHouse.command('DROP TABLE log_events')
  await store.clickHouse.command(made!.text.replace('index_granularity = 8192', 'index_granularity = 1'))
  await storeItems(
    store.clickHouse,
    logEvents,
    tenant,
    lines.map((message, n) => ({ time: now - n, message })),
  )
})
afterAll(() => store.close())

const found = async (filter: Filter): Promise<string[]> => {
  const { edges } = await queries.page(tenant, { filter, range }, { size: 100, backward: false })
  return edges.map(({ node }) => node.message)
}

test('every part of every line finds that line, in any case', async () => {
  expect(lines.length).toBeGreaterThan(40)
  for (const line of lines) {
    const parts = partsOf(line)
    for (let from = 0; from < parts.length; from += 60) {
      const some = parts.slice(from, from + 60)
      expect(await found({ all: some.map(contains) }), JSON.stringify([line, some])).toContain(line)
    }
    const start = cased(
      lettersOf(line)
        .slice(0, 1 + below(5))
        .join(''),
    )
    expect(
      await found({ column: 'message', operator: 'startsWith', value: start }),
      JSON.stringify([line, start]),
    ).toContain(line)
  }
})

test('a search finds what a plain search finds and nothing else, and its negation the rest', async () => {
  for (let turn = 0; turn < 60; turn += 1) {
    const value = turn % 2 ? cased(wordOf(1 + below(3))) : oneOf(partsOf(oneOf(lines)))
    const operator = oneOf(['contains', 'startsWith'] as const)
    const filter: Filter = { column: 'message', operator, value }
    const plain = lines.filter((message) => matches(filter, { message }))
    const shown = JSON.stringify(filter)
    expect(await found(filter), shown).toEqual(plain)
    expect(await found({ not: filter }), shown).toEqual(lines.filter((line) => !plain.includes(line)))
  }
  expect(await found(contains(''))).toEqual(lines)
})

test('a search for three letters or more reads only what its index lets through', async () => {
  const plan = await rows(
    sql`EXPLAIN indexes = 1 SELECT message FROM log_events WHERE ${logWhere(tenant, { filter: contains('ΟΔΥΣΣΕ'), range })}`,
    z.object({ explain: z.string() }),
  )
  const text = plan.map(({ explain }) => explain).join('\n')
  const [, read, of] = /message_folded[\s\S]*?Granules: (\d+)\/(\d+)/.exec(text) ?? []
  expect(Number(of), text).toBeGreaterThanOrEqual(lines.length)
  expect(Number(read), text).toBeLessThan(10)
})

test('letters are the same in any case for ClickHouse exactly when they are for this program', async () => {
  // Planes 0 and 1: there are no letters with a case beyond.
  const all = Array.from({ length: 0x20000 }, (_, code) => code)
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code))
  await store.clickHouse.command('CREATE TABLE letters (letter String) ENGINE = Memory')
  const body = Buffer.from(all.map((letter) => `${JSON.stringify([letter])}\n`).join(''))
  await store.clickHouse.insertRows('letters', ['letter'], body, uuidv7())
  const letter = sql`letter`
  const changed = await rows(
    sql`SELECT letter, ${folded(letter)} AS same FROM letters WHERE ${folded(letter)} != letter`,
    z.object({ letter: z.string(), same: z.string() }),
  )
  expect(changed.length).toBeGreaterThan(1_500)
  const theirs = new Map(changed.map((row) => [row.letter, row.same]))
  // Which text stands for a group may differ (of Cherokee, the capitals do there): the groups may not.
  const [ours, back] = [new Map<string, string>(), new Map<string, string>()]
  const different = all.filter((each) => {
    const [there, here] = [theirs.get(each) ?? each, withoutCase(each)]
    if (!ours.has(there)) ours.set(there, here)
    if (!back.has(here)) back.set(here, there)
    return ours.get(there) !== here || back.get(here) !== there
  })
  expect(different).toEqual([])
})
