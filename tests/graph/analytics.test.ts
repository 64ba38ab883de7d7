import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { schema } from '../../src/graphql/schema.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import { connectClickHouse, type ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { domains } from '../domains/index.ts'
import { graphql } from '../graphql/gql.ts'
import type { TimeRangeInput, ViewersBy } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { argumentsOf, type Literals } from '../walls/everything.ts'

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
const StreamSeries = graphql(`
  query StreamSeries($name: String!, $range: TimeRangeInput, $step: Duration, $timezone: String) {
    streamByInternalName(internalName: $name) {
      viewers(range: $range, step: $step, timezone: $timezone) {
        from
        to
        step
        timezone
        peak
        samples
        minutes
        viewerMinutes
        points {
          time
          average
          peak
          samples
          minutes
          viewerMinutes
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
  ;({ tenant, key } = await program.seed.tenant())
  client = createTestClient(program.url, key)
  const { clickHouse } = program.databases
  second = await appOn({
    ...clickHouse,
    query: (query, options) => {
      asked.push(query.name)
      return clickHouse.query(query, options)
    },
  })
  const samples = [
    ['one', 10, { node_id: 'n1', country_code: 'NL', connection_type: 'HLS' }],
    ['one', 5, { node_id: 'n2', country_code: 'DE', connection_type: 'HLS' }],
    ['two', 3, { node_id: 'n1', country_code: 'NL', connection_type: 'WebRTC' }],
  ] as const
  const { body } = await client.ingest(
    'viewer_samples',
    samples.map(([name, viewers, more]) => program.seed.sample(name, viewers, more)),
  )
  expect(body).toMatchObject({ accepted: 3 })
  await program.app.ingest.flushed()
  await program.app.modules.streams.service.create(trustedPermit(tenant, operator), {
    title: 'One',
    internalName: 'one',
  })
  for (let n = 0; n < 24; n++) await program.seed.stream(tenant)
  await program.app.modules.edgeNodes.service.ensure(
    tenant,
    [{ slug: 'c1', name: 'Cluster 1' }],
    [{ slug: 'n1', name: 'Node 1', region: 'eu', latitude: 0, longitude: 0, cluster: 'c1' }],
  )
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

/** Every field with a range, as a question for a day that no table keeps. */
const ofLongAgo = (): [string, string][] => {
  const [from, to] = [400, 399].map((days) => new Date(Date.now() - days * 86_400_000).toISOString())
  const literals: Literals = Object.assign(
    {},
    ...domains.map((domain) => domain.literals?.({ word: 'x', streams: ['one'], id: () => '""' })),
  )
  const places: Record<string, (field: string) => string> = {
    Query: (field) => field,
    Analytics: (field) => `analytics { ${field} }`,
    Stream: (field) => `streamByInternalName(internalName: "one") { ${field} }`,
  }
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType)
  return objects.flatMap((type) =>
    Object.values(type.getFields())
      .filter(({ args }) => args.some((arg) => getNamedType(arg.type).name === 'TimeRangeInput'))
      .map((field): [string, string] => {
        const place = `${type.name}.${field.name}`
        const more = { [`${place}.range`]: `{ from: "${from}", to: "${to}" }` }
        const args = argumentsOf(type.name, field, { ...literals, ...more, [`${place}.step`]: '"PT1H"' })
        return [place, `{ ${places[type.name]!(`${field.name}${args} { __typename }`)} }`]
      }),
  )
}
test.each(ofLongAgo())(
  '%s of a range that is not kept any more is refused, and says since when there is something',
  async (_place, query) => {
    const { errors } = await client.request(query)
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }])
    expect(errors![0]!.message).toMatch(/there is data since \d\S+Z/i)
  },
)

const at = (iso: string): string => new Date(iso).toISOString()
const refusals: [string, { range?: TimeRangeInput; step?: string; timezone?: string }, string, RegExp][] = [
  [
    'an end before its start',
    { range: { from: at('2026-11-02'), to: at('2026-11-01') } },
    'VALIDATION_FAILED',
    /ends before/,
  ],
  [
    'an end at its start',
    { range: { from: at('2026-11-02'), to: at('2026-11-02') } },
    'VALIDATION_FAILED',
    /ends before/,
  ],
  ['a start in the future', { range: { from: at('2100-01-01') } }, 'VALIDATION_FAILED', /future/],
  ['two starts', { range: { from: at('2026-11-01'), last: 'P1D' } }, 'VALIDATION_FAILED', /not both/],
  ['more than 90 days', { range: { last: 'P91D' } }, 'LIMIT_EXCEEDED', /90 days/],
  ['too many points', { range: { last: 'P1D' }, step: 'PT1S' }, 'LIMIT_EXCEEDED', /step of PT30S or more/],
  ['a step that divides no day', { step: 'PT7S' }, 'VALIDATION_FAILED', /divides a day/],
  ['another time zone', { timezone: 'Europe/Amsterdam' }, 'VALIDATION_FAILED', /UTC/],
]
test.each(refusals)('a series with %s is refused and told why', async (_why, more, code, advice) => {
  const { data, errors } = await client.request(StreamSeries, { name: 'one', ...more })
  expect(errors).toMatchObject([{ path: ['streamByInternalName', 'viewers'], extensions: { code } }])
  expect(errors![0]!.message).toMatch(advice)
  expect(data).toEqual({ streamByInternalName: { viewers: null } })
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
