import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import { connectClickHouse, type ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { graphql } from '../graphql/gql.ts'
import type { ViewersBy } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { measured, StreamSeries } from './analytics.testkit.ts'

const ViewersNowBy = graphql(`
  query ViewersNowBy($by: ViewersBy!, $first: Int! = 100) {
    analytics {
      viewersNow(by: $by, first: $first) {
        total
        groups {
          key
          viewers
          stream {
            title
          }
          edgeNode {
            name
          }
        }
      }
    }
  }
`)
const SeriesByName = graphql(`
  query SeriesByName($name: String!) {
    analytics {
      viewers(internalName: $name, range: { last: "PT1H" }, step: "PT5M") {
        peak
        samples
        countries {
          countryCode
          viewerMinutes
        }
      }
    }
  }
`)
const TenantSeries = graphql(`
  query TenantSeries($filter: ViewerSampleFilter, $by: ViewersBy!, $first: Int! = 10) {
    analytics {
      viewers(filter: $filter, range: { last: "PT1H" }, step: "PT5M") {
        peak
        groups(by: $by, first: $first) {
          key
          countryCode
          latitude
          longitude
          peak
          share
          stream {
            title
          }
          edgeNode {
            name
          }
          points {
            peak
          }
        }
      }
    }
  }
`)
const PageWithGroups = graphql(`
  query PageWithGroups {
    streams(first: 20) {
      nodes {
        internalName
        viewers(range: { last: "PT1H" }, step: "PT5M") {
          quality {
            connectionQuality
            bandwidthBps
          }
          groups(by: EDGE_NODE, first: 3) {
            key
            quality {
              connectionQuality
              bufferHealth
            }
            points {
              average
            }
          }
        }
      }
    }
  }
`)
const ShortSeries = graphql(`
  query ShortSeries($range: TimeRangeInput!) {
    analytics {
      viewers(range: $range, step: "PT10S") {
        groups(by: COUNTRY) {
          key
          quality {
            bandwidthBps
          }
        }
      }
    }
  }
`)
const PageWithViewers = graphql(`
  query PageWithViewers {
    streams(first: 20) {
      nodes {
        internalName
        viewers(range: { last: "PT1H" }, step: "PT5M") {
          peak
        }
      }
    }
  }
`)

const log = createLogger({ level: 'silent', format: 'json' })
const asked: string[] = []
let looks = 0
let program: TestApp
let second: Awaited<ReturnType<typeof appOn>>
let tenant: TenantId
let key: string
let client: TestClient

/** A program on the same stores but with another ClickHouse, and a prefix of its own in Redis. */
const appOn = async (clickHouse: ClickHouse) => {
  const { postgresUrl, redisUrl } = program.databases
  const config = loadConfig({}, { PORT: '0', HOST: '127.0.0.1', HELIOGRAPH_ROLES: 'server' })
  const app = await createApp({
    secret: 'a secret of tests, long enough to be one',
    config,
    log,
    clickHouse,
    postgresUrl,
    redisUrl,
    redisPrefix: `a${process.pid}:`,
    // Every look at it is a millisecond later, as on a busy machine.
    clock: { now: () => Date.now() + looks++ },
  })
  const url = await app.listen()
  app.start()
  return { url, stop: app.stop }
}

beforeAll(async () => {
  program = await sharedApp()
  ;({ tenant, key, client } = await measured(program))
  const { clickHouse } = program.databases
  second = await appOn({
    ...clickHouse,
    query: (query, options) => {
      if (!query.name.startsWith('alerting.')) asked.push(query.name) // these come by the clock
      return clickHouse.query(query, options)
    },
  })
})
afterAll(async () => {
  await second.stop()
  await program.stop()
})

const groups: [ViewersBy, [string, number][]][] = [
  [
    'STREAM',
    [
      ['one', 15],
      ['two', 3],
    ],
  ],
  [
    'COUNTRY',
    [
      ['NL', 13],
      ['DE', 5],
    ],
  ],
  [
    'EDGE_NODE',
    [
      ['n1', 13],
      ['n2', 5],
    ],
  ],
  [
    'CONNECTION_TYPE',
    [
      ['HLS', 15],
      ['WebRTC', 3],
    ],
  ],
]
test.each(groups)(
  'viewersNow by %s adds up to the same total, also of groups that are left out',
  async (by, expected) => {
    const { viewersNow } = (await client.ask(ViewersNowBy, { by, first: 100 })).analytics!
    expect(viewersNow).toEqual({
      total: '18',
      groups: expected.map(([group, viewers]) => ({
        key: group,
        viewers: String(viewers),
        stream: group === 'one' ? { title: 'One' } : null,
        edgeNode: group === 'n1' ? { name: 'Node 1' } : null,
      })),
    })
    const { viewersNow: cut } = (await client.ask(ViewersNowBy, { by, first: 1 })).analytics!
    expect(cut).toMatchObject({ total: '18', groups: [{ key: expected[0]![0] }] })
  },
)

test('a series has a point for every bucket of its range, null where nothing was measured, and says which that is', async () => {
  const to = new Date(Math.ceil(Date.now() / 300_000) * 300_000)
  const from = new Date(to.getTime() - 3_600_000)
  const range = { from: from.toISOString(), to: to.toISOString() }
  const { streamByInternalName: stream } = await client.ask(StreamSeries, {
    name: 'one',
    range,
    step: 'PT5M',
  })
  const { points, ...whole } = stream!.viewers!
  const measured = { peak: '15', samples: '2', minutes: 1, viewerMinutes: 15 }
  expect(whole).toEqual({ ...range, step: 'PT5M', timezone: 'UTC', ...measured })
  expect(points).toHaveLength(12)
  expect(points.map(({ time }) => Date.parse(time))).toEqual(
    Array.from({ length: 12 }, (_, n) => from.getTime() + n * 300_000),
  )
  expect(points.filter(({ samples }) => samples !== '0')).toHaveLength(1)
  for (const point of points.filter(({ samples }) => samples === '0'))
    expect(point).toMatchObject({ average: null, peak: null, minutes: 0, viewerMinutes: 0 })
})

const ofTenant = async (by: ViewersBy, filter?: object) =>
  (await client.ask(TenantSeries, { by, ...(filter && { filter }) })).analytics!.viewers!

test('the tenant has one series, in groups, of all samples or of those of a filter', async () => {
  const all = await ofTenant('STREAM')
  const none = { countryCode: null, latitude: null, longitude: null, edgeNode: null }
  expect(all).toMatchObject({
    peak: '18',
    groups: [
      { key: 'one', peak: '15', share: 15 / 18, stream: { title: 'One' }, ...none },
      { key: 'two', peak: '3', share: 3 / 18, stream: null, ...none },
    ],
  })
  for (const group of all.groups!)
    expect(group.points!.map(({ peak }) => peak).filter((peak) => peak !== null)).toEqual([group.peak])
  const held = await ofTenant('EDGE_NODE', {
    or: [{ countryCode: { eq: 'DE' } }, { connectionType: { eq: 'WebRTC' } }],
  })
  expect(held.peak).toBe('8')
  expect(held.groups!.map(({ key, peak, edgeNode }) => [key, peak, edgeNode?.name])).toEqual([
    ['n2', '5', undefined],
    ['n1', '3', 'Node 1'],
  ])
  expect(await ofTenant('COUNTRY', { internalName: { eq: 'nobody' } })).toEqual({ peak: null, groups: [] })
})

test('the cities and points of a map are rounded before they are stored, and unknown ones are said to be', async () => {
  const { tenant: other, key: otherKey } = await program.seed.tenant()
  const own = createTestClient(program.url, otherKey)
  await program.seed.stream(other)
  const samples = [
    program.seed.sample('map', 4, { city: 'Amsterdam', latitude: 52.3702, longitude: 4.8952 }),
    program.seed.sample('map', 2, { node_id: 'elsewhere' }),
  ]
  expect((await own.ingest('viewer_samples', samples)).body).toMatchObject({ accepted: 2 })
  await program.app.ingest.flushed()
  const ask = async (by: ViewersBy) => (await own.ask(TenantSeries, { by })).analytics!.viewers!.groups!
  expect(await ask('PLACE')).toMatchObject([
    { key: '52.4,4.9', latitude: 52.4, longitude: 4.9, countryCode: null, peak: '4' },
    { key: '', latitude: null, longitude: null, peak: '2' },
  ])
  expect(await ask('CITY')).toMatchObject([
    { key: 'Amsterdam', countryCode: 'NL', peak: '4' },
    { key: '', countryCode: 'NL', peak: '2' },
  ])
})

test('the groups of a page of streams, their points and their quality are a question each, however many streams there are', async () => {
  const { tenant: other, key: otherKey } = await program.seed.tenant()
  const streams = await Promise.all([1, 2, 3].map(() => program.seed.stream(other)))
  const samples = streams.map(({ internalName }, n) =>
    program.seed.sample(internalName, n + 1, { connection_quality: 90 + n, bandwidth: 2 ** 40 }),
  )
  await createTestClient(program.url, otherKey).ingest('viewer_samples', samples)
  await program.app.ingest.flushed()
  asked.length = 0
  const page = await createTestClient(second.url, otherKey).ask(PageWithGroups, {})
  const highest = page.streams!.nodes.map(({ internalName, viewers }) => [
    internalName,
    Math.max(...viewers!.groups![0]!.points!.map(({ average }) => average ?? 0)),
  ])
  expect(Object.fromEntries(highest)).toEqual(
    Object.fromEntries(streams.map(({ internalName }, n) => [internalName, n + 1])),
  )
  for (const [n, { internalName }] of streams.entries()) {
    const { quality, groups: parts } = page.streams!.nodes.find(
      (each) => each.internalName === internalName,
    )!.viewers!
    expect(quality).toEqual({ connectionQuality: 90 + n, bandwidthBps: String(2 ** 40) })
    expect(parts![0]!.quality).toEqual({ connectionQuality: 90 + n, bufferHealth: null })
  }
  expect(asked.filter((name) => name.startsWith('audience.')).toSorted()).toEqual([
    'audience.viewerGroupPoints',
    'audience.viewerGroups',
    'audience.viewerQuality',
    'audience.viewerQuality',
    'audience.viewerSeries',
  ])
})

test('a group that is in the series by a sample of before it, as with a step below a minute, has no quality of its own', async () => {
  const { key: otherKey } = await program.seed.tenant()
  const now = Date.now()
  const at = (ms: number, viewers: number, country_code: string) =>
    program.seed.sample('live', viewers, {
      time: new Date(now - ms).toISOString(),
      country_code,
      node_id: country_code,
      bandwidth: 100,
    })
  await createTestClient(program.url, otherKey).ingest('viewer_samples', [
    at(50_000, 10, 'NL'),
    at(5_000, 1, 'DE'),
  ])
  await program.app.ingest.flushed()
  const range = { from: new Date(now - 30_000).toISOString(), to: new Date(now).toISOString() }
  const { analytics } = await createTestClient(program.url, otherKey).ask(ShortSeries, { range })
  expect(analytics!.viewers!.groups!.map(({ key, quality }) => [key, quality])).toEqual([
    ['NL', { bandwidthBps: null }],
    ['DE', { bandwidthBps: '100' }],
  ])
})

test('samples that no stream claims can be asked for by their name, and a stream of that name can be made', async () => {
  const name = 'Só na conversa'
  const sample = program.seed.sample(name, 7)
  expect((await client.ingest('viewer_samples', [sample])).body).toMatchObject({ accepted: 1 })
  await program.app.ingest.flushed()
  const { viewers } = (await client.ask(SeriesByName, { name })).analytics!
  const countries = [{ countryCode: 'NL', viewerMinutes: 7 }]
  expect(viewers).toEqual({ peak: '7', samples: '1', countries })
  const permit = trustedPermit<'stream:write'>(tenant, operator)
  await program.app.modules.streams.service.create(permit, { title: 'Talk', internalName: name })
  const { streamByInternalName: stream } = await client.ask(StreamSeries, { name })
  expect(stream!.viewers).toMatchObject({ peak: '7', samples: '1' })
  expect((await client.ask(SeriesByName, { name: 'nobody' })).analytics!.viewers).toEqual({
    peak: null,
    samples: '0',
    countries: [],
  })
})

test('a page of 20 streams with their viewers asks ClickHouse once', async () => {
  asked.length = 0
  const { streams } = await createTestClient(second.url, key).ask(PageWithViewers)
  expect(streams!.nodes).toHaveLength(20)
  expect(asked).toHaveLength(1)
})

test('without ClickHouse streams still answer, and each series is null with the reason at its path', async () => {
  const clickHouse = connectClickHouse({ url: 'http://127.0.0.1:9/none', log })
  const away = await appOn(clickHouse)
  try {
    const { data, errors } = await createTestClient(away.url, key).request(PageWithViewers)
    expect(data!.streams!.nodes).toHaveLength(20)
    expect(data!.streams!.nodes.every(({ viewers }) => viewers === null)).toBe(true)
    expect(errors).toHaveLength(20)
    for (const [n, error] of errors!.entries())
      expect(error).toMatchObject({
        path: ['streams', 'nodes', n, 'viewers'],
        extensions: { code: 'STORE_UNAVAILABLE' },
      })
    expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|ECONN|SELECT|http:/)
    const now = await createTestClient(away.url, key).request(ViewersNowBy, { by: 'STREAM', first: 1 })
    expect(now.data).toEqual({ analytics: { viewersNow: null } })
    expect(now.errors?.[0]?.extensions?.code).toBe('STORE_UNAVAILABLE')
  } finally {
    await away.stop()
    await clickHouse.close()
  }
})
