import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import type { Filter, Operator } from '../../platform/filter-tree.ts'
import type { PageAsk } from '../../platform/fact-page.ts'
import { NIL_UUID as NIL, trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { LogAsk } from './log-filter.queries.ts'
import { logEvents } from './log-events.dataset.ts'
import { logLevels, type LogLevel } from './log-level.ts'
import { createLogLevelQueries, type LogLevelQueries } from './log-levels.queries.ts'
import { createLogQueries, type LogQueries } from './log.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const now = Math.floor(Date.now() / HOUR) * HOUR
const range = { from: new Date(now - 6 * HOUR), to: new Date(now) }

let store: TestStore
let queries: LogQueries
let levels: LogLevelQueries
/** Names of the queries, in order, with their text. */
const asked: { name: string; text: string }[] = []
beforeAll(async () => {
  store = await openSharedStore()
  const clock = { now: () => now }
  queries = createLogQueries({ clickHouse: store.clickHouse, clock })
  const clickHouse: TestStore['clickHouse'] = {
    ...store.clickHouse,
    query: (query, options) => {
      asked.push({ name: query.name, text: JSON.stringify(query.sql) })
      return store.clickHouse.query(query, options)
    },
  }
  levels = createLogLevelQueries({ clickHouse, clock })
})
afterAll(() => store.close())

type Line = {
  readonly time: number
  readonly message?: string
  readonly level?: LogLevel
  readonly service?: string
  readonly host?: string
  readonly project?: string
  readonly trace_id?: string
}

const storeLines = (tenant: TenantId, lines: readonly Line[], token = uuidv7()) =>
  storeItems(
    store.clickHouse,
    logEvents,
    tenant,
    lines.map((line) => ({
      message: 'hello',
      service: 'api',
      host: 'h1',
      attributes: { code: '7' },
      ...line,
    })),
    token,
  )

const newTenant = () => trustTenantId(uuidv7())
const everything: Filter = { all: [] }
const term = (column: string, value: unknown, operator: Operator = 'eq'): Filter => ({
  column,
  operator,
  value,
})
const all = (...filters: Filter[]): Filter => ({ all: filters })
const ask = (filter: Filter = everything, more: Partial<LogAsk> = {}): LogAsk => ({ filter, range, ...more })
const first = (size: number, more: Partial<PageAsk> = {}): PageAsk => ({ size, backward: false, ...more })
const hourAgo = (days: number) => ({
  range: { from: new Date(now - days * DAY), to: new Date(now - days * DAY + HOUR) },
})
const nodesOf = async (tenant: TenantId, wanted: LogAsk, page = first(100)) =>
  (await queries.page(tenant, wanted, page)).edges.map(({ node }) => node)
const messages = async (tenant: TenantId, filter: Filter, more: Partial<LogAsk> = {}) =>
  (await nodesOf(tenant, ask(filter, more))).map(({ message }) => message)
const nothing = {
  edges: [],
  pageInfo: { startCursor: null, endCursor: null, hasNextPage: false, hasPreviousPage: false },
}

describe('a page of logs', () => {
  test('shows the newest line first, with all that it holds', async () => {
    const tenant = newTenant()
    const project = uuidv7()
    await storeLines(tenant, [
      { time: now - 3 * HOUR, message: 'old' },
      { time: now - 1, message: 'new', level: 'ERROR', host: 'h2', project, trace_id: 't-1' },
      { time: now, message: 'after the range' },
      { time: now - 6 * HOUR - 1, message: 'before the range' },
    ])
    const { edges, pageInfo } = await queries.page(tenant, ask(), first(2))
    const rows = edges.map(({ node }) => node)
    expect(pageInfo.hasNextPage).toBe(false)
    expect(rows.map(({ message }) => message)).toEqual(['new', 'old'])
    expect(rows[0]).toMatchObject({
      time: new Date(now - 1),
      level: 'ERROR',
      service: 'api',
      host: 'h2',
      projectId: project,
      environmentId: null,
      traceId: 't-1',
      attributes: { code: '7' },
    })
    expect(await queries.count(tenant, ask())).toBe(2)
  })

  test('goes on where it ended, line for line, with equal times and while lines arrive', async () => {
    const tenant = newTenant()
    // 90 lines at five instants, so that most pages end between lines of one millisecond; ids are out of
    // order in storage.
    const instants = [1, 2 * MINUTE, 2 * HOUR, 2 * HOUR + 1, 5 * HOUR]
    const lines = Array.from({ length: 90 }, (_, index) => ({
      time: now - instants[index % 5]!,
      message: `line ${index}`,
      level: (['INFO', 'ERROR', 'DEBUG'] as const)[index % 3]!,
    }))
    await storeLines(tenant, lines)
    const expected = lines
      .toSorted((a, b) => b.time - a.time || lines.indexOf(b) - lines.indexOf(a))
      .map(({ message }) => message)
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const page = await queries.page(tenant, ask(), first(7, { after }))
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null)
      seen.push(...page.edges.map(({ node }) => node.message))
      after = page.pageInfo.endCursor
      // Newer than every cursor, so it belongs on a page that was shown already.
      await storeLines(tenant, [{ time: now - 1, message: 'late' }])
      if (!page.pageInfo.hasNextPage) break
    }
    expect(seen).toEqual(expected)

    // And back again from the end, seven by seven.
    const back: string[] = []
    let before: string | null = null
    for (;;) {
      const page = await queries.page(tenant, ask(), { size: 7, backward: true, before })
      expect(page.pageInfo.hasNextPage).toBe(before !== null)
      back.unshift(...page.edges.map(({ node }) => node.message))
      before = page.pageInfo.startCursor
      if (!page.pageInfo.hasPreviousPage) break
    }
    expect(back.filter((message) => message !== 'late')).toEqual(expected)
  })

  test('lies between two cursors, from either end', async () => {
    const tenant = newTenant()
    await storeLines(
      tenant,
      Array.from({ length: 9 }, (_, index) => ({ time: now - 1 - (index * HOUR) / 2, message: `${index}` })),
    )
    const { edges } = await queries.page(tenant, ask(), first(9))
    const between = { after: edges[1]!.cursor, before: edges[7]!.cursor }
    const texts = async (page: PageAsk) => (await nodesOf(tenant, ask(), page)).map(({ message }) => message)
    expect(await texts(first(9, between))).toEqual(['2', '3', '4', '5', '6'])
    expect(await texts(first(2, between))).toEqual(['2', '3'])
    expect(await texts({ size: 2, backward: true, ...between })).toEqual(['5', '6'])
  })

  test.each([
    'nonsense',
    '',
    Buffer.from('1:2').toString('base64url'),
    Buffer.from(`99999999999999:${NIL}`).toString('base64url'),
  ])('refuses %j as a cursor, or takes an empty one as none', async (after) => {
    for (const cursor of [{ after }, { before: after }]) {
      const page = queries.page(newTenant(), ask(), first(1, cursor))
      if (after === '') expect(await page).toEqual(nothing)
      else await expect(page).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    }
  })

  test('is filtered by every part of its filter, and by all together', async () => {
    const tenant = newTenant()
    const project = uuidv7()
    const time = now - HOUR
    await storeLines(tenant, [
      { time: time + 3, message: 'plain' },
      {
        time: time + 2,
        message: 'GÜTE 100% of_it \\ "quoted"',
        level: 'WARN',
        service: 'web',
        host: 'h9',
        project,
        trace_id: 'abc',
      },
      { time: time + 1, message: 'fatal', level: 'FATAL', service: 'web' },
    ])
    const marked = ['GÜTE 100% of_it \\ "quoted"']
    expect(await messages(tenant, term('level', ['WARN', 'FATAL'], 'in'))).toEqual([...marked, 'fatal'])
    expect(await messages(tenant, term('level', [], 'in'))).toEqual([])
    expect(await messages(tenant, { any: [] })).toEqual([])
    expect(await messages(tenant, term('service', 'web'))).toEqual([...marked, 'fatal'])
    expect(await messages(tenant, term('host', 'H', 'startsWith'))).toHaveLength(3)
    for (const filter of [term('host', 'h9'), term('traceId', 'abc'), { not: term('host', 'h1') }])
      expect(await messages(tenant, filter)).toEqual(marked)
    expect(await messages(tenant, everything, { project })).toEqual(marked)
    for (const contains of ['güte', 'GÜTE 100% OF_IT', '%', '_', '\\', '"quoted"']) {
      expect(await messages(tenant, term('message', contains, 'contains')), contains).toEqual(marked)
    }
    for (const contains of ['plain%', 'p_ain', 'g.te', "' OR 1=1 --", '\\%']) {
      expect(await messages(tenant, term('message', contains, 'contains')), contains).toEqual([])
    }
    const together = [
      term('level', ['WARN'], 'in'),
      term('service', 'web'),
      term('host', 'h9'),
      term('traceId', 'abc'),
      term('message', '100%', 'contains'),
    ]
    expect(await messages(tenant, all(...together), { project })).toEqual(marked)
    expect(await messages(tenant, { any: [...together.slice(1, 2), term('message', 'plain')] })).toHaveLength(
      3,
    )
  })

  test('takes text that is SQL as text', async () => {
    const tenant = newTenant()
    await storeLines(tenant, [{ time: now - HOUR, message: 'mine' }])
    for (const attack of [
      "' OR 1=1 --",
      "'; DROP TABLE log_events; --",
      '{p1:String}',
      '\\',
      '\0',
      "api' OR ''='",
    ]) {
      for (const column of ['service', 'host', 'traceId', 'message', 'level'])
        for (const operator of ['eq', 'contains', 'startsWith'] as const)
          expect(await messages(tenant, term(column, attack, operator)), `${column} ${operator}`).toEqual([])
      await expect(messages(tenant, everything, { project: attack })).rejects.toThrow(TypeError)
    }
    expect(await messages(tenant, everything)).toEqual(['mine'])
  })

  test('shows no line of another tenant, in pages, counts and levels, also with their cursor', async () => {
    const [tenant, other] = [newTenant(), newTenant()]
    await storeLines(other, [{ time: now - 1 }, { time: now - HOUR, trace_id: 'theirs' }])
    const theirs = await queries.page(other, ask(), first(1))
    expect(theirs.edges).toHaveLength(1)
    const { cursor } = theirs.edges[0]!
    expect((await queries.page(tenant, ask(), first(10, { after: cursor }))).edges).toEqual([])
    expect((await queries.page(tenant, ask(), { size: 10, backward: true, before: cursor })).edges).toEqual(
      [],
    )
    expect(await messages(tenant, term('traceId', 'theirs'))).toEqual([])
    expect(await messages(tenant, { not: term('traceId', 'mine') })).toEqual([])
    expect(await messages(tenant, { any: [everything, term('traceId', 'theirs')] })).toEqual([])
    expect(await queries.count(tenant, ask())).toBe(0)
    for (const stepMs of [1000 * 30, HOUR]) {
      const series = await levels.logLevels(tenant, { ...ask(), stepMs, zone: 'UTC' })
      expect(series.levels.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 0])
    }
  })

  test('of a range that is no longer kept is refused and not empty; the longest range back from now is answered', async () => {
    const tenant = newTenant()
    const old = { range: { from: new Date(now - 90 * DAY - 2 * MINUTE), to: new Date(now - 89 * DAY) } }
    const refused = {
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining(new Date(now - 90 * DAY).toISOString()),
    }
    await expect(queries.page(tenant, ask(everything, old), first(1))).rejects.toMatchObject(refused)
    await expect(queries.count(tenant, ask(everything, old))).rejects.toMatchObject(refused)
    // Read a moment before the query is made.
    const longest = { range: { from: new Date(now - 90 * DAY - 20), to: new Date(now - 20) } }
    expect(await queries.page(tenant, ask(everything, longest), first(1))).toEqual(nothing)
  })
})

describe('log levels over time', () => {
  test.each<[string, Filter, number, 'log_events' | 'log_levels_1m']>([
    ['no filter', everything, MINUTE, 'log_levels_1m'],
    [
      'level, service, host',
      all(term('level', 'ERROR'), term('service', 'a'), term('host', 'b')),
      HOUR,
      'log_levels_1m',
    ],
    ['a step below a minute', everything, 30_000, 'log_events'],
    ['a text', term('message', 'x', 'contains'), HOUR, 'log_events'],
    ['a trace', all(term('level', 'ERROR'), { not: term('traceId', 'x') }), HOUR, 'log_events'],
  ])(
    'come from the rollup where it can tell, and from lines otherwise: %s',
    async (_what, filter, stepMs, table) => {
      asked.length = 0
      await levels.logLevels(newTenant(), { ...ask(filter), stepMs, zone: 'UTC' })
      expect(asked).toEqual([{ name: 'incidents.logLevels', text: expect.stringContaining(`FROM ${table}`) }])
    },
  )

  test('are the same from both, zero-filled, however lines were cut into blocks, a repeated block once', async () => {
    const tenant = newTenant()
    const project = uuidv7()
    const names = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const
    const lines = Array.from({ length: 2000 }, (_, index) => ({
      time: now - 6 * HOUR + ((index * 7919) % (6 * 3600)) * 1000,
      level: names[(index * 31) % 6]!,
      service: `s${index % 3}`,
      host: `h${index % 5}`,
      project: index % 2 ? project : NIL,
      // In every message, so that asking for it turns the question to the lines without changing the answer.
      message: `same text ${index}`,
    }))
    for (let from = 0; from < lines.length; from += 333) {
      await storeLines(tenant, lines.slice(from, from + 333), `block-${from}`)
    }
    await storeLines(tenant, lines.slice(0, 333), 'block-0')
    const searched = term('message', 'SAME', 'contains')
    const asks: [LogAsk, readonly LogLevel[]][] = [
      [ask(), logLevels],
      [ask(term('level', ['ERROR', 'FATAL'], 'in')), ['ERROR', 'FATAL']],
      [ask(all({ not: term('level', 'TRACE') }, term('service', 's1'))), logLevels.slice(1)],
      [ask(all(term('service', 's1'), term('host', 'h2'))), logLevels],
      [ask(everything, { project }), logLevels],
    ]
    for (const [wanted, shown] of asks) {
      for (const stepMs of [MINUTE, 15 * MINUTE, HOUR]) {
        const rollup = await levels.logLevels(tenant, { ...wanted, stepMs, zone: 'UTC' })
        const fromLines = { ...wanted, filter: all(wanted.filter, searched), stepMs, zone: 'UTC' }
        expect(rollup).toEqual(await levels.logLevels(tenant, fromLines))
        expect(rollup.levels.map(({ level }) => level)).toEqual(shown)
        for (const { points } of rollup.levels) expect(points).toHaveLength((6 * HOUR) / stepMs)
        const total = rollup.levels.reduce((sum, { count }) => sum + count, 0)
        expect(total).toBe(await queries.count(tenant, wanted))
      }
    }
    expect(await queries.count(tenant, ask())).toBe(2000)
  })

  const read = (filter: Filter, days: number) =>
    levels.logLevels(newTenant(), { ...ask(filter, hourAgo(days)), stepMs: HOUR, zone: 'UTC' })

  test('of a range that is no longer kept are refused and not zero, from lines and from the rollup', async () => {
    const searched = term('message', 'x', 'contains')
    await expect(read(searched, 91)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
    expect((await read(everything, 91)).levels[0]!.points).toHaveLength(1)
    await expect(read(everything, 181)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })
})
