import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { LogFilter, LogLevel } from './log-filter.queries.ts'
import { createLogLevelQueries, logSource, type LogLevelQueries } from './log-levels.queries.ts'
import { createLogQueries, type LogQueries } from './log.queries.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const now = Math.floor(Date.now() / HOUR) * HOUR
const range = { from: new Date(now - 6 * HOUR), to: new Date(now) }
const NIL = '00000000-0000-0000-0000-000000000000'

let store: TestStore
let queries: LogQueries
let levels: LogLevelQueries
beforeAll(async () => {
  store = await openSharedStore()
  queries = createLogQueries({ clickHouse: store.clickHouse })
  levels = createLogLevelQueries({ clickHouse: store.clickHouse })
})
afterAll(() => store.close())

type Line = {
  readonly time: number
  readonly message?: string
  readonly level?: LogLevel
  readonly service?: string
  readonly host?: string
  readonly project?: string
  readonly traceId?: string
}

const columns =
  'tenant_id event_id time project_id environment_id service host level message trace_id attributes'
const storeLines = (tenant: TenantId, lines: readonly Line[], token = uuidv7()) =>
  store.clickHouse.insertRows(
    'log_events',
    columns.split(' '),
    lines.map(
      ({
        time,
        message = 'hello',
        level = 'INFO',
        service = 'api',
        host = 'h1',
        project = NIL,
        traceId = '',
      }) => {
        const text = new Date(time).toISOString().slice(0, 23).replace('T', ' ')
        const row = [
          tenant,
          uuidv7(),
          text,
          project,
          NIL,
          service,
          host,
          level,
          message,
          traceId,
          { code: '7' },
        ]
        return Buffer.from(`${JSON.stringify(row)}\n`)
      },
    ),
    token,
  )

const newTenant = () => trustTenantId(uuidv7())
const messages = async (tenant: TenantId, filter: LogFilter, first = 100) =>
  (await queries.logPage(tenant, { filter, range, first })).rows.map(({ message }) => message)

describe('a page of logs', () => {
  test('shows the newest line first, with all that it holds', async () => {
    const tenant = newTenant()
    const project = uuidv7()
    await storeLines(tenant, [
      { time: now - 3 * HOUR, message: 'old' },
      { time: now - 1, message: 'new', level: 'ERROR', host: 'h2', project, traceId: 't-1' },
      { time: now, message: 'after the range' },
      { time: now - 6 * HOUR - 1, message: 'before the range' },
    ])
    const { rows, hasNextPage } = await queries.logPage(tenant, { filter: {}, range, first: 2 })
    expect(hasNextPage).toBe(false)
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
    expect(await queries.logCount(tenant, { filter: {}, range })).toBe(2)
  })

  test('goes on where it ended, line for line, with equal times and while lines arrive', async () => {
    const tenant = newTenant()
    // 90 lines at five instants, so that most pages end between lines of one millisecond; ids are out of order in storage.
    const instants = [1, 2 * MINUTE, 2 * HOUR, 2 * HOUR + 1, 5 * HOUR]
    const lines = Array.from({ length: 90 }, (_, index) => ({
      time: now - instants[index % 5]!,
      message: `line ${index}`,
      level: (['INFO', 'ERROR', 'DEBUG'] as const)[index % 3]!,
    }))
    await storeLines(tenant, lines)
    const seen: string[] = []
    let after: string | undefined
    for (;;) {
      const page = await queries.logPage(tenant, { filter: {}, range, first: 7, ...(after && { after }) })
      seen.push(...page.rows.map(({ message }) => message))
      after = page.rows.at(-1)?.cursor
      // Newer than every cursor, so it belongs on a page that was shown already.
      await storeLines(tenant, [{ time: now - 1, message: 'late' }])
      if (!page.hasNextPage) break
    }
    const expected = lines.toSorted((a, b) => b.time - a.time || lines.indexOf(b) - lines.indexOf(a))
    expect(seen.filter((message) => message !== 'late')).toEqual(expected.map(({ message }) => message))
    expect(seen).toHaveLength(90)
  })

  test.each([
    'nonsense',
    '',
    Buffer.from('1:2').toString('base64url'),
    Buffer.from(`99999999999999:${NIL}`).toString('base64url'),
  ])('refuses %j as a cursor, or takes an empty one as none', async (after) => {
    const page = queries.logPage(newTenant(), { filter: {}, range, first: 1, after })
    if (after === '') expect(await page).toEqual({ rows: [], hasNextPage: false })
    else await expect(page).rejects.toMatchObject({ code: 'BAD_REQUEST' })
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
        traceId: 'abc',
      },
      { time: time + 1, message: 'fatal', level: 'FATAL', service: 'web' },
    ])
    const marked = ['GÜTE 100% of_it \\ "quoted"']
    expect(await messages(tenant, { levels: ['WARN', 'FATAL'] })).toEqual([...marked, 'fatal'])
    expect(await messages(tenant, { levels: [] })).toEqual([])
    expect(await messages(tenant, { service: 'web' })).toEqual([...marked, 'fatal'])
    for (const filter of [{ host: 'h9' }, { project }, { traceId: 'abc' }])
      expect(await messages(tenant, filter)).toEqual(marked)
    for (const contains of ['güte', 'GÜTE 100% OF_IT', '%', '_', '\\', '"quoted"']) {
      expect(await messages(tenant, { contains }), contains).toEqual(marked)
    }
    for (const contains of ['plain%', 'p_ain', 'g.te', "' OR 1=1 --", '\\%']) {
      expect(await messages(tenant, { contains }), contains).toEqual([])
    }
    expect(
      await messages(tenant, {
        levels: ['WARN'],
        service: 'web',
        host: 'h9',
        project,
        traceId: 'abc',
        contains: '100%',
      }),
    ).toEqual(marked)
  })

  test('takes text that is SQL as text, and refuses a project that is no id and an empty text', async () => {
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
      for (const filter of [
        { service: attack },
        { host: attack },
        { traceId: attack },
        { contains: attack },
      ]) {
        expect(await messages(tenant, filter)).toEqual([])
      }
      await expect(messages(tenant, { project: attack })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    }
    expect(await messages(tenant, {})).toEqual(['mine'])
    await expect(messages(tenant, { contains: '' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    await expect(messages(tenant, { contains: 'x'.repeat(257) })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    })
  })

  test('shows no line of another tenant, in pages, counts and levels, also with their cursor', async () => {
    const [tenant, other] = [newTenant(), newTenant()]
    await storeLines(other, [{ time: now - 1 }, { time: now - HOUR, traceId: 'theirs' }])
    const theirs = await queries.logPage(other, { filter: {}, range, first: 1 })
    expect(theirs.rows).toHaveLength(1)
    const after = theirs.rows[0]!.cursor
    expect(await queries.logPage(tenant, { filter: {}, range, first: 10, after })).toEqual({
      rows: [],
      hasNextPage: false,
    })
    expect(await messages(tenant, { traceId: 'theirs' })).toEqual([])
    expect(await queries.logCount(tenant, { filter: {}, range })).toBe(0)
    for (const stepMs of [1000 * 30, HOUR]) {
      const series = await levels.logLevels(tenant, { filter: {}, range, stepMs })
      expect(series.levels.map(({ total }) => total)).toEqual([0, 0, 0, 0, 0, 0])
    }
  })
})

describe('log levels over time', () => {
  test('come from the rollup where it can tell, and from lines otherwise', () => {
    expect(logSource({}, MINUTE)).toBe('log_levels_1m')
    expect(logSource({ levels: ['ERROR'], service: 'a', host: 'b', project: NIL }, HOUR)).toBe(
      'log_levels_1m',
    )
    expect(logSource({}, 30_000)).toBe('log_events')
    expect(logSource({ contains: 'x' }, HOUR)).toBe('log_events')
    expect(logSource({ traceId: 'x' }, HOUR)).toBe('log_events')
  })

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
    const filters: LogFilter[] = [
      {},
      { levels: ['ERROR', 'FATAL'] },
      { service: 's1', host: 'h2' },
      { project },
    ]
    for (const filter of filters) {
      for (const stepMs of [MINUTE, 15 * MINUTE, HOUR]) {
        const rollup = await levels.logLevels(tenant, { filter, range, stepMs })
        expect(rollup).toEqual(
          await levels.logLevels(tenant, { filter: { ...filter, contains: 'SAME' }, range, stepMs }),
        )
        expect(rollup.levels.map(({ level }) => level)).toEqual(filter.levels ?? names)
        for (const { points } of rollup.levels) expect(points).toHaveLength((6 * HOUR) / stepMs)
        const total = rollup.levels.reduce((sum, level) => sum + level.total, 0)
        expect(total).toBe(await queries.logCount(tenant, { filter, range }))
      }
    }
    expect(await queries.logCount(tenant, { filter: {}, range })).toBe(2000)
  })
})
