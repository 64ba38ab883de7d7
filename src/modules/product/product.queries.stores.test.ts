import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { isZone } from '../../platform/time-zone.ts'
import { createProductBreakdownQueries } from './product-breakdown.queries.ts'
import { productEvents } from './product-events.dataset.ts'
import { createProductEventQueries } from './product-events.queries.ts'
import { createProductFunnelQueries } from './product-funnel.queries.ts'
import { createProductRetentionQueries } from './product-retention.queries.ts'
import { createProductSeriesQueries } from './product-series.queries.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const now = Math.floor(Date.now() / DAY) * DAY
const range = { from: new Date(now - 2 * DAY), to: new Date(now) }

const open = (store: TestStore) => {
  const deps = { clickHouse: store.clickHouse, clock: { now: () => now } }
  return {
    ...createProductEventQueries(deps),
    ...createProductSeriesQueries(deps),
    ...createProductBreakdownQueries(deps),
    ...createProductFunnelQueries(deps),
    ...createProductRetentionQueries(deps),
  }
}
let store: TestStore
let queries: ReturnType<typeof open>
beforeAll(async () => {
  store = await openSharedStore()
  queries = open(store)
})
afterAll(() => store.close())

type Event = {
  readonly event_id: string
  readonly time: number
  readonly event_type: string
  readonly user_id: string
  readonly properties?: object
}

/** The same numbers in each run (mulberry32). */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const TYPES = ['page_view', 'button_click', 'api_call', 'error', 'signed_up']
const makeEvents = (seed: number, many: number): Event[] => {
  const random = numbers(seed)
  return Array.from({ length: many }, () => {
    const user = random(31)
    return {
      event_id: uuidv7(),
      time: range.from.getTime() + random(2 * DAY),
      event_type: TYPES[Math.min(random(5), random(5))]!,
      user_id: user === 0 ? '' : `user_${user}`,
      properties:
        random(4) === 0
          ? {}
          : { plan: ['free', 'pro', 7, true, null][random(5)], cart: { total: random(3) } },
    }
  })
}

const newTenant = (): TenantId => trustTenantId(uuidv7())
const storeEvents = (tenant: TenantId, events: readonly Event[], token?: string) =>
  storeItems(store.clickHouse, productEvents, tenant, events as never, token)
const everything: Filter = { all: [] }
const ofType = (eventType: string): Filter => ({ column: 'eventType', operator: 'eq', value: eventType })

const countsOf = (events: readonly Event[]) => ({
  count: events.length,
  users: new Set(events.map(({ user_id }) => user_id).filter((user) => user !== '')).size,
})

/** However the rows came to be stored, it must make no difference. */
const ways: Record<string, (tenant: TenantId, events: readonly Event[]) => Promise<void>> = {
  'in one block': (tenant, events) => storeEvents(tenant, events),
  'in many blocks, out of order': async (tenant, events) => {
    const order = events.toSorted((a, b) => (a.event_id.slice(-6) < b.event_id.slice(-6) ? -1 : 1))
    for (let from = 0; from < order.length; from += 97)
      await storeEvents(tenant, order.slice(from, from + 97))
  },
  'each block twice, as after a crash': async (tenant, events) => {
    for (let from = 0; from < events.length; from += 500) {
      const token = uuidv7()
      await storeEvents(tenant, events.slice(from, from + 500), token)
      await storeEvents(tenant, events.slice(from, from + 500), token)
    }
  },
}

describe.each(Object.keys(ways))('events that were stored %s', (way) => {
  const events = makeEvents(3, 3_000)
  let tenant: TenantId
  beforeAll(async () => {
    tenant = newTenant()
    await ways[way]!(tenant, events)
  })

  // Above a minute and an hour by the rollups, below by the rows.
  test.each([30 * SECOND, MINUTE * 5, HOUR, 6 * HOUR, DAY])(
    'have the same counts and users in each bucket of %i ms as the plain list',
    async (stepMs) => {
      for (const filter of [everything, ofType('api_call')]) {
        const wanted = events.filter((event) => filter === everything || event.event_type === 'api_call')
        const series = await queries.series(tenant, { filter, range, stepMs, zone: 'UTC' })
        expect({ count: series.count, users: series.users }).toEqual(countsOf(wanted))
        const buckets = Map.groupBy(wanted, ({ time }) => Math.floor(time / stepMs) * stepMs)
        expect(series.points.filter(({ count }) => count > 0)).toEqual(
          [...buckets]
            .toSorted(([a], [b]) => a - b)
            .map(([time, own]) => ({ time: new Date(time), ...countsOf(own) })),
        )
        expect(series.points).toHaveLength((2 * DAY) / stepMs)
      }
    },
  )

  test('are told by type, most first, with users that are merged and never summed', async () => {
    const types = await queries.types(tenant, {
      filter: everything,
      range,
      stepMs: DAY,
      zone: 'UTC',
      first: 3,
    })
    const expected = [...Map.groupBy(events, ({ event_type }) => event_type)]
      .map(([eventType, own]) => ({ eventType, ...countsOf(own) }))
      .toSorted((a, b) => b.count - a.count)
    expect(types.map(({ points: _points, ...type }) => type)).toEqual(expected.slice(0, 3))
    for (const { users, points } of types) {
      const sum = points.reduce((all, point) => all + point.users, 0)
      expect(users).toBeLessThan(sum)
    }
  })

  test('by a property: each value with its type, and those without it', async () => {
    const found = await queries.breakdown(tenant, { filter: everything, range, path: ['plan'], first: 100 })
    expect({ count: found.count, users: found.users }).toEqual(countsOf(events))
    const groups = Map.groupBy(events, ({ properties }) =>
      JSON.stringify((properties as { plan?: unknown }).plan ?? null),
    )
    expect(
      new Set(found.groups.map(({ value, count, users }) => JSON.stringify([value ?? 'none', count, users]))),
    ).toEqual(
      new Set(
        [...groups].map(([text, own]) => {
          const { count, users } = countsOf(own)
          return JSON.stringify([JSON.parse(text) ?? 'none', count, users])
        }),
      ),
    )
    const deep = await queries.breakdown(tenant, {
      filter: everything,
      range,
      path: ['cart', 'total'],
      first: 2,
    })
    expect(deep.groups).toHaveLength(2)
  })
})

test('events without a property and those where it is null are one group, which is null', async () => {
  const tenant = newTenant()
  const documents = [{}, { plan: null }, { plan: { of: null } }, { plan: 'null' }, { other: 1 }]
  await storeEvents(
    tenant,
    documents.map((properties, n) => ({ ...at(`u${n}`, 'page_view', now - HOUR - n), properties })),
  )
  const { groups } = await queries.breakdown(tenant, { filter: everything, range, path: ['plan'], first: 20 })
  expect(groups.map(({ value, count, users }) => [JSON.stringify(value) ?? 'none', count, users])).toEqual([
    ['none', 3, 3],
    ['"null"', 1, 1],
    ['{"of":null}', 1, 1],
  ])
})

test('a property is found, with its digits, beside whole numbers of any length and texts that look like them', async () => {
  const tenant = newTenant()
  const long = ['18446744073709551616', '18446744073709551617', '-9223372036854775809']
  const documents = [
    ...long.map((digits) => ({ plan: JSON.rawJSON(digits), n: 1 })),
    { plan: long[0], n: 1 },
    { plan: 'pro', n: [JSON.rawJSON(long[0]!), JSON.rawJSON(long[2]!)], small: 1.2345678901234567e-6 },
    { plan: `a "quote": ${long[0]}\\`, n: { id: JSON.rawJSON(long[1]!) } },
    { plan: 'half \ud83d', n: 1, 'half \ud83d': '\\ud83d' },
  ]
  await storeEvents(
    tenant,
    documents.map((properties, n) => ({ ...at('someone', 'page_view', now - HOUR - n), properties })),
  )
  const valuesOf = async (path: readonly string[]) => {
    const { groups } = await queries.breakdown(tenant, { filter: everything, range, path, first: 20 })
    return groups.map(({ value, count }) => `${count} ${JSON.stringify(value)}`).toSorted()
  }
  expect(await valuesOf(['plan'])).toEqual(
    [
      ...long.map((digits) => `1 ${digits}`),
      `1 "${long[0]}"`,
      '1 "pro"',
      `1 ${JSON.stringify(`a "quote": ${long[0]}\\`)}`,
      '1 "half \ufffd"',
    ].toSorted(),
  )
  expect(await valuesOf(['n'])).toEqual(
    [`1 [${long[0]},${long[2]}]`, `1 {"id":${long[1]}}`, '5 1'].toSorted(),
  )
  expect(await valuesOf(['n', 'id'])).toEqual([`1 ${long[1]}`, '6 undefined'].toSorted())
  expect(await valuesOf(['small'])).toEqual(['1 0.0000012345678901234567', '6 undefined'].toSorted())
  expect(await valuesOf(['half \ufffd'])).toEqual(['1 "\\\\ud83d"', '6 undefined'].toSorted())
})

test('a page shows the newest first, with the types of its properties, and another tenant moves nothing', async () => {
  const [mine, theirs] = [newTenant(), newTenant()]
  const [first, second] = makeEvents(5, 2)
  const properties = {
    page_url: '/pricing',
    viewport_width: 1280,
    ratio: 1.5,
    known: true,
    tags: ['a', 1],
    none: null,
  }
  await storeEvents(mine, [{ ...first!, time: now - HOUR, properties }])
  await storeEvents(theirs, [{ ...second!, time: now - MINUTE }])
  const page = await queries.page(mine, { filter: everything, range }, { size: 10, backward: false })
  expect(page.edges.map(({ node }) => node)).toEqual([
    {
      eventId: first!.event_id,
      time: new Date(now - HOUR),
      eventType: first!.event_type,
      userId: first!.user_id,
      sessionId: '',
      properties,
    },
  ])
  expect(await queries.count(mine, { filter: everything, range })).toBe(1)
  const day = await queries.series(mine, { filter: everything, range, stepMs: DAY, zone: 'UTC' })
  expect(day.count).toBe(1)
})

const at = (user: string, event_type: string, time: number): Event => ({
  event_id: uuidv7(),
  time,
  event_type,
  user_id: user,
})

test('a funnel counts each user once, by the furthest step that was met in order and in time', async () => {
  const tenant = newTenant()
  const start = range.from.getTime()
  await storeEvents(tenant, [
    ...['visit', 'cart', 'buy'].map((type, n) => at('all three', type, start + n * MINUTE)),
    ...['visit', 'cart', 'visit', 'cart', 'buy'].map((type, n) =>
      at('a second try', type, start + n * 40 * MINUTE),
    ),
    ...['visit', 'buy'].map((type, n) => at('left one out', type, start + n * MINUTE)),
    ...['buy', 'cart', 'visit'].map((type, n) => at('backwards', type, start + n * MINUTE)),
    at('too late', 'visit', start),
    at('too late', 'cart', start + 61 * MINUTE),
    at('never began', 'cart', start),
    at('', 'visit', start),
  ])
  const steps = ['visit', 'cart', 'buy'].map(ofType)
  expect(await queries.funnel(tenant, { steps, withinMs: HOUR, range })).toEqual([5, 2, 1])
  expect(await queries.funnel(tenant, { steps, withinMs: 100 * MINUTE, range })).toEqual([5, 3, 2])
  expect(await queries.funnel(newTenant(), { steps, withinMs: HOUR, range })).toEqual([0, 0, 0])
})

test('an event of a funnel is one step, also where it meets several', async () => {
  const tenant = newTenant()
  const start = range.from.getTime()
  await storeEvents(tenant, [
    at('once', 'visit', start),
    ...[0, 1].map((n) => at('twice', 'visit', start + n * MINUTE)),
    ...['visit', 'buy', 'buy'].map((type, n) => at('bought', type, start + n * MINUTE)),
    ...['visit', 'buy', 'visit'].map((type) => at('all at one time', type, start)),
  ])
  const any: Filter = { all: [] }
  const funnel = (steps: readonly Filter[]) => queries.funnel(tenant, { steps, withinMs: HOUR, range })
  expect(await funnel([ofType('visit'), ofType('visit')])).toEqual([4, 2])
  expect(await funnel([any, any, any])).toEqual([4, 3, 2])
  expect(await funnel([ofType('visit'), any, ofType('buy')])).toEqual([4, 3, 2])
})

const ofTypes = (types: readonly string[]): Filter => ({ any: types.map(ofType) })
/** Steps that a user has met at most, tried in all ways. */
const furthest = (
  events: readonly Event[],
  steps: readonly (readonly string[])[],
  withinMs: number,
): number => {
  const follow = (used: readonly Event[]): number => {
    const [first, last] = [used[0], used.at(-1)]
    const next = events.filter(
      (event) =>
        steps[used.length]?.includes(event.event_type) &&
        !used.includes(event) &&
        (!first || (event.time >= last!.time && event.time <= first.time + withinMs)),
    )
    return Math.max(used.length, ...next.map((event) => follow([...used, event])))
  }
  return follow([])
}

test.each([
  ['of one kind each, several in one second', 12, [['a'], ['b'], ['c']], 4],
  ['the same twice, several in one second', 12, [['a'], ['a'], ['b']], 5],
  ['two in turns', 40, [['a'], ['b'], ['a'], ['b']], 12],
  [
    'each of any kind, several in one second',
    6,
    [
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
    2,
  ],
  [
    'that overlap',
    0,
    [
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'b', 'c'],
    ],
    3,
  ],
  ['that overlap at their ends', 0, [['b'], ['a', 'b'], ['b']], 2],
  ['within less than a second', 12, [['a'], ['b']], 0],
])('a funnel with steps %s counts what trying all ways counts', async (_what, seconds, steps, within) => {
  const tenant = newTenant()
  const random = numbers(2_026)
  const users = Array.from({ length: 300 }, (_user, n) => {
    const many = 1 + random(7)
    return Array.from({ length: many }, (_event, nth) => {
      const time = seconds === 0 ? nth * SECOND + random(2) * (SECOND - 1) : random(seconds) * SECOND
      return at(`user ${n}`, ['a', 'b', 'c'][random(3)]!, range.from.getTime() + time)
    })
  })
  await storeEvents(tenant, users.flat())
  const withinMs = within * SECOND
  const reached = users.map((events) => furthest(events, steps, withinMs))
  expect(await queries.funnel(tenant, { steps: steps.map(ofTypes), withinMs, range })).toEqual(
    steps.map((_step, n) => reached.filter((most) => most > n).length),
  )
})

test('a funnel is answered also where one user is a robot with thousands of events', async () => {
  const tenant = newTenant()
  const start = range.from.getTime()
  await storeEvents(tenant, [
    ...Array.from({ length: 6_000 }, (_event, n) =>
      at('robot', n % 2 ? 'play' : 'visit', start + n * SECOND),
    ),
    ...['visit', 'play', 'trial'].map((type, n) => at('somebody', type, start + n * MINUTE)),
  ])
  const funnel = (...types: string[]) =>
    queries.funnel(tenant, { steps: types.map(ofType), withinMs: DAY, range })
  expect(await funnel('visit', 'play', 'trial')).toEqual([2, 2, 1])
  expect(await funnel('visit', 'visit', 'visit', 'trial')).toEqual([2, 1, 1, 0])
})

test('retention counts users by the day of their first event, and days by the time zone, 23 hours long or 25', async () => {
  const tenant = newTenant()
  // Four days around the change of clocks in Amsterdam on 25 October 2026 would be too old in a year: days of the range do.
  const day = (n: number, hour: number) => range.from.getTime() + n * DAY + hour * HOUR
  await storeEvents(tenant, [
    at('daily', 'open', day(0, 1)),
    at('daily', 'open', day(1, 1)),
    at('once', 'open', day(0, 5)),
    at('second day', 'open', day(1, 2)),
    at('late evening', 'open', day(0, 23)),
  ])
  const ask = { range, start: ofType('open'), back: ofType('open') }
  const name = (n: number) => new Date(day(n, 0)).toISOString().slice(0, 10)
  expect(await queries.retention(tenant, { ...ask, timezone: 'UTC' })).toEqual([
    { day: name(0), users: 3, returned: [3, 1] },
    { day: name(1), users: 1, returned: [1] },
  ])
  // Names that Node knows and ClickHouse does not, eight hours behind Greenwich or seven.
  for (const timezone of ['US/Pacific-New', 'SystemV/PST8'].filter(isZone))
    expect(await queries.retention(tenant, { ...ask, timezone })).toEqual(
      await queries.retention(tenant, { ...ask, timezone: 'Etc/GMT+8' }),
    )
  // Two hours east of Greenwich, eleven in the evening is the next day.
  expect(await queries.retention(tenant, { ...ask, timezone: 'Africa/Cairo' })).toEqual([
    { day: name(0), users: 2, returned: [2, 1] },
    { day: name(1), users: 2, returned: [2] },
  ])
})
