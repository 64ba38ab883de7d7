import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { trustedPermit } from '../../src/auth/permit.ts'
import { programActor } from '../../src/auth/actor.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { statementsDuring } from '../testkit/statements.ts'
import { bucketName } from '../testkit/zones.ts'

const Statistics = graphql(`
  query IncidentStatistics(
    $range: TimeRangeInput
    $step: Duration
    $timezone: String
    $filter: IncidentFilter
    $by: String!
    $first: Int!
  ) {
    analytics {
      incidents(range: $range, step: $step, timezone: $timezone, filter: $filter) {
        from
        to
        step
        opened
        acknowledged
        resolved
        secondsToAcknowledge
        secondsToResolve
        points {
          time
          opened
          acknowledged
          resolved
          secondsToAcknowledge
          secondsToResolve
        }
        severities {
          severity
          opened
          points {
            opened
          }
        }
        groups(by: $by, first: $first) {
          key
          opened
          resolved
          secondsToResolve
          points {
            opened
          }
        }
      }
    }
  }
`)

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const severities = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const

type Made = {
  readonly severity: (typeof severities)[number]
  readonly service: string | undefined
  readonly openedAt: number
  readonly acknowledgedAt: number | undefined
  readonly resolvedAt: number | undefined
}

/** Numbers from 0 to 1, the same at each run. */
const createRandom = (seed: number) => () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
  return seed / 2 ** 32
}

let program: TestApp
let owner: Client
beforeAll(async () => {
  program = await sharedApp()
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

/** Half of them near it. */
const incidentsAround = (atMs: number, count: number, random: () => number): Made[] =>
  Array.from({ length: count }, (_, nth) => {
    const reach = nth % 2 === 0 ? 2 * DAY : 20 * DAY
    const openedAt = Math.round(atMs - reach + random() * 2 * reach)
    const acknowledgedAt = random() < 0.7 ? openedAt + Math.round(random() * 5 * HOUR) : undefined
    const resolvedAt =
      random() < 0.7 ? (acknowledgedAt ?? openedAt) + Math.round(random() * 3 * DAY) : undefined
    const service = ['api', 'web', 'Zoo', 'über', undefined][Math.floor(random() * 5)]
    return { severity: severities[Math.floor(random() * 4)]!, service, openedAt, acknowledgedAt, resolvedAt }
  })

/** Makes them through the service, each step at its own time. */
const make = async (tenant: TenantId, all: readonly Made[]): Promise<void> => {
  const { service } = program.app.modules.incidents
  const permit = trustedPermit<'incident:write'>(tenant, programActor('test'))
  for (const { severity, service: name, openedAt, acknowledgedAt, resolvedAt } of all) {
    const labels = name === undefined ? [] : [{ name: 'service', value: name }]
    const { id } = await service.open(permit, { title: 'One', severity, labels }, new Date(openedAt))
    const move = (status: 'INVESTIGATING' | 'RESOLVED', at: number) =>
      service.changeStatus(permit, { id, status }, new Date(at))
    if (acknowledgedAt !== undefined) await move('INVESTIGATING', acknowledgedAt)
    if (resolvedAt !== undefined) await move('RESOLVED', resolvedAt)
  }
}

const mean = (list: readonly number[]) =>
  list.length === 0 ? null : expect.closeTo(list.reduce((sum, each) => sum + each, 0) / list.length, 3)

/** What a plain loop over all of them says of those whose times `holds`. */
const plainly = (all: readonly Made[], holds: (time: number) => boolean) => {
  const [acknowledge, resolve]: [number[], number[]] = [[], []]
  let opened = 0
  for (const { openedAt, acknowledgedAt, resolvedAt } of all) {
    if (holds(openedAt)) opened += 1
    if (acknowledgedAt !== undefined && holds(acknowledgedAt))
      acknowledge.push((acknowledgedAt - openedAt) / 1_000)
    if (resolvedAt !== undefined && holds(resolvedAt)) resolve.push((resolvedAt - openedAt) / 1_000)
  }
  return {
    opened,
    acknowledged: acknowledge.length,
    resolved: resolve.length,
    secondsToAcknowledge: mean(acknowledge),
    secondsToResolve: mean(resolve),
  }
}

const ask = async (client: TestClient, given: object) => {
  const { analytics } = await client.ask(Statistics, { by: 'service', first: 10, ...given })
  return analytics!.incidents!
}

test.each([
  ['Europe/Amsterdam', 'P1D', '2025-10-26T01:00:00Z'],
  ['Europe/Amsterdam', 'PT3H', '2026-03-29T01:00:00Z'],
  ['America/New_York', 'P1D', '2026-03-08T07:00:00Z'],
  ['UTC', 'PT6H', '2026-03-08T07:00:00Z'],
])(
  'in %s by %s at the change of clocks of %s they are what a plain loop counts',
  async (timezone, step, at) => {
    const { tenant, key } = await program.seed.tenant()
    const client = createTestClient(program.url, key)
    const change = Date.parse(at)
    const made = incidentsAround(change, 80, createRandom(change % 1_000_003))
    // The other's never count.
    const other = await program.seed.tenant()
    await Promise.all([make(tenant, made), make(other.tenant, made.slice(0, 20))])

    const range = {
      from: new Date(change - 12 * DAY).toISOString(),
      to: new Date(change + 12 * DAY).toISOString(),
    }
    const told = await ask(client, { range, step, timezone })
    const [from, to] = [Date.parse(told.from), Date.parse(told.to)]
    expect(told).toMatchObject(plainly(made, (time) => time >= from && time < to))
    const stepMs = { P1D: DAY, PT3H: 3 * HOUR, PT6H: 6 * HOUR }[step]!
    const nameOf = bucketName(timezone, stepMs)
    for (const point of told.points) {
      const name = nameOf(Date.parse(point.time))
      expect(point, name).toMatchObject(
        plainly(made, (time) => time >= from && time < to && nameOf(time) === name),
      )
    }
    expect(told.severities.map(({ severity, opened }) => [severity, opened])).toEqual(
      severities
        .toReversed()
        .map((severity) => [
          severity,
          made.filter((each) => each.severity === severity && each.openedAt >= from && each.openedAt < to)
            .length,
        ]),
    )
    for (const { opened, points } of [...told.severities, ...told.groups!])
      expect(points.reduce((sum, point) => sum + point.opened, 0)).toBe(opened)
    const groups = Map.groupBy(made, ({ service = '' }) => service)
    expect(new Set(told.groups!.map(({ key: of }) => of))).toEqual(new Set(groups.keys()))
    for (const { key: of, opened, resolved, secondsToResolve } of told.groups!)
      expect({ opened, resolved, secondsToResolve }, of).toEqual(
        (({ opened: o, resolved: r, secondsToResolve: s }) => ({
          opened: o,
          resolved: r,
          secondsToResolve: s,
        }))(plainly(groups.get(of)!, (time) => time >= from && time < to)),
      )
    const counts = told.groups!.map(({ opened }) => opened)
    expect(counts).toEqual(counts.toSorted((a, b) => b - a))

    // By week, from Monday to Monday, and by a filter.
    const weeks = await ask(client, {
      range,
      step: 'P7D',
      timezone,
      first: 2,
      filter: {
        not: { label: { name: 'service', startsWith: 'Z' } },
        severity: { in: ['HIGH', 'CRITICAL'] },
      },
    })
    const kept = made.filter(
      ({ service, severity }) => service !== 'Zoo' && severities.indexOf(severity) >= 2,
    )
    expect(weeks.step).toBe('P7D')
    expect(weeks.groups).toHaveLength(2)
    const day = new Intl.DateTimeFormat('en', {
      timeZone: timezone,
      weekday: 'short',
      hour: '2-digit',
      hourCycle: 'h23',
    })
    for (const [index, point] of weeks.points.entries()) {
      const start = Date.parse(point.time)
      const end = Date.parse(weeks.points[index + 1]?.time ?? weeks.to)
      expect(day.format(start)).toBe('Mon, 00')
      expect(point).toMatchObject(plainly(kept, (time) => time >= start && time < end))
    }
  },
)

// Of one moment, however long the steps between them take.
const started = Date.now()
const ago = (minutes: number) => new Date(started - minutes * MINUTE)

test('a merged incident counts as the one that it became, a reopened one is not resolved, and nothing is zero', async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const none = await ask(client, { step: 'PT1H' })
  expect(none).toMatchObject({
    opened: 0,
    resolved: 0,
    secondsToAcknowledge: null,
    secondsToResolve: null,
    groups: [],
  })
  expect(none.points.length).toBeGreaterThan(23)
  const { service } = program.app.modules.incidents
  const permit = trustedPermit<'incident:write'>(tenant, programActor('test'))
  const opened = async (minutes: number) =>
    (await service.open(permit, { title: 'One', severity: 'LOW' }, ago(minutes))).id
  const [first, second, reopened] = [await opened(60), await opened(40), await opened(50)]
  await service.merge(permit, { id: first, intoId: second }, ago(30))
  await service.changeStatus(permit, { id: second, status: 'RESOLVED' }, ago(20))
  await service.changeStatus(permit, { id: reopened, status: 'RESOLVED' }, ago(19))
  await service.changeStatus(permit, { id: reopened, status: 'OPEN' }, ago(18))
  // It began when the older one did.
  expect(await ask(client, {})).toMatchObject({
    opened: 2,
    resolved: 1,
    secondsToResolve: 2_400,
  })
})

const Counted = graphql(`
  query CountedIncidents($filter: IncidentFilter) {
    incidents(filter: $filter, first: 0) {
      totalCount
    }
    analytics {
      incidents(range: { last: "P1D" }, filter: $filter) {
        opened
      }
    }
  }
`)

test('a filter counts what the list with it finds, whatever it asks, and so does its opposite', async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const { service } = program.app.modules.incidents
  const permit = trustedPermit<'incident:write'>(tenant, programActor('test'))
  const ids: string[] = []
  for (const [n, title] of ['Straße 100%', 'STRASSE', 'under_score', 'back\\slash', `it's`].entries()) {
    const labels = n % 2 ? [{ name: 'service', value: `Dienst ${title}` }] : []
    const input = { title, severity: severities[n % 4]!, labels, source: `s${n % 2}`, dedupKey: `key-${n}` }
    const { id } = await service.open(permit, input, new Date(Date.now() - (n + 1) * HOUR))
    ids.push(id)
    if (n % 2) await service.changeStatus(permit, { id, status: 'INVESTIGATING' })
    if (n === 3) await service.changeStatus(permit, { id, status: 'RESOLVED' })
  }
  const time = new Date(Date.now() - 2.5 * HOUR).toISOString()
  const filters: object[] = [
    {},
    { title: { contains: 'ss' } },
    { title: { startsWith: 'straß' } },
    { title: { contains: '%' } },
    { title: { contains: '_' } },
    { title: { contains: '\\' } },
    { title: { eq: `it's` } },
    { title: { in: ['STRASSE', 'nothing'] } },
    { title: { in: [] } },
    { source: { eq: 's1' }, fingerprint: { startsWith: 'KEY' } },
    { severity: { in: ['LOW', 'HIGH'] } },
    { severity: { eq: 'CRITICAL' }, status: { eq: 'RESOLVED' } },
    { number: { gt: 2, lte: 4 } },
    { number: { eq: 1 } },
    { number: { in: [1, 5] } },
    { firstSeenAt: { lt: time } },
    { acknowledgedAt: { gte: time } },
    { resolvedAt: { lt: time } },
    { assignee: { eq: globalId('User', tenant) } },
    { mergedInto: { in: ids.map((id) => globalId('Incident', id)) } },
    { label: { name: 'service', startsWith: 'dienst S' } },
    { label: { name: 'service', contains: '\\S' } },
    { label: { name: 'service', eq: '' } },
    { label: { name: 'service', in: ['', 'Dienst STRASSE'] } },
    { or: [{ number: { eq: 1 } }, { and: [{ number: { gt: 3 } }, { severity: { eq: 'LOW' } }] }] },
    { or: [] },
    { not: { or: [{ resolvedAt: { gte: time } }, { label: { name: 'x', contains: 'y' } }] } },
  ]
  for (const filter of filters)
    for (const asked of [filter, { not: filter }]) {
      const { incidents, analytics } = await client.ask(Counted, { filter: asked })
      expect([asked, analytics!.incidents!.opened]).toEqual([asked, incidents!.totalCount])
    }
})

test('wrong questions are refused: a range too long, a step that is none, no group and too many', async () => {
  const client = createTestClient(program.url, (await program.seed.tenant()).key)
  const refused = async (variables: object) => {
    const text = `query ($range: TimeRangeInput, $step: Duration, $first: Int!) { analytics { incidents(range: $range, step: $step) { groups(by: "service", first: $first) { key } } } }`
    const { errors } = await client.request(text, { first: 1, ...variables })
    return errors?.[0]?.extensions?.code
  }
  expect(await refused({})).toBeUndefined()
  expect(await refused({ range: { last: 'P91D' } })).toBe('LIMIT_EXCEEDED')
  expect(await refused({ range: { last: 'P30D' }, step: 'PT1S' })).toBe('LIMIT_EXCEEDED')
  expect(await refused({ step: 'P2D' })).toBe('VALIDATION_FAILED')
  for (const first of [0, 51]) expect(await refused({ first })).toBe('BAD_REQUEST')
  const weeks = `{ analytics { logs(step: "P7D", range: { last: "P30D" }) { lines } } }`
  expect((await client.request(weeks, {})).errors?.[0]?.extensions?.code).toBe('VALIDATION_FAILED')
})

type Plan = { 'Node Type': string; 'Index Name'?: string; 'Index Cond'?: string; Plans?: Plan[] }
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

test('one statement reads the window in three indexes, below row-level security too, and the groups are another', async () => {
  const { tenant, key } = await program.seed.tenant()
  await owner.query(
    `INSERT INTO incidents (id, tenant_id, number, title, severity, status, fingerprint, first_seen_at, last_seen_at, acknowledged_at, resolved_at)
     SELECT gen_random_uuid(), $1, n, 'One', 'LOW', 'RESOLVED', 'f' || n, at, at, at + interval '1 minute', at + interval '1 hour'
       FROM generate_series(1, 5000) n, LATERAL (SELECT now() - n * interval '2 hours' AS at) AS started`,
    [tenant],
  )
  await owner.query('ANALYZE incidents')
  const client = createTestClient(program.url, key)
  const given = { range: { last: 'P7D' }, step: 'P1D', filter: { label: { name: 'a', eq: '' } } }
  const statements = await statementsDuring(() => ask(client, given))
  const counted = statements.filter(({ text }) => text.includes('width_bucket'))
  expect(counted).toHaveLength(2)
  try {
    await owner.query('SET ROLE heliograph_app')
    await owner.query(`SELECT set_config('app.tenant_id', $1, false)`, [tenant])
    for (const { text, values } of counted) {
      const { rows } = await owner.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        values,
      )
      const nodes = nodesOf(rows[0]!['QUERY PLAN'][0].Plan)
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan')
      for (const column of ['first_seen_at', 'acknowledged_at', 'resolved_at']) {
        const scans = nodes.filter((node) => node['Index Name'] === `incidents_tenant_id_${column}_id_idx`)
        expect(scans, JSON.stringify(nodes)).toHaveLength(1)
        expect(scans[0]!['Index Cond']).toContain(`(${column} >= `)
      }
    }
  } finally {
    await owner.query('RESET ALL')
    await owner.query('RESET ROLE')
  }
})
