import { afterAll, beforeAll, expect, test } from 'vitest'
import { evaluatorOn, storeFacts, WITHOUT_ALERTING } from '../testkit/alerting.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'

let program: TestApp
beforeAll(async () => void (program = await startApp({ settings: WITHOUT_ALERTING })))
afterAll(() => program.stop())

/** Evaluates in place of the one of the test before, whose lease has not run out. */
let latest: ReturnType<typeof evaluatorOn> | undefined
const evaluating = async () => {
  await latest?.stop()
  return (latest = evaluatorOn(program))
}

const MINUTE = 60_000
const T0 = Math.floor(Date.now() / MINUTE) * MINUTE - 3 * 3_600_000

test('a breach opens one incident, which lasts as long as the breach and is resolved by itself', async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const evaluator = await evaluating()
  const made = await mutate(client, 'createAlertRule', {
    name: 'High error rate',
    dataset: 'log_events',
    aggregate: 'RATIO',
    filter: { label: { name: 'level', in: ['ERROR', 'FATAL'] } },
    groupBy: ['service'],
    operator: 'GT',
    threshold: 0.05,
    window: 'PT1M',
    minSamples: 10,
    for: 'PT30S',
  })
  expect(made).toMatchObject({ __typename: 'CreateAlertRulePayload' })
  const line = (at: number, level: string, service = 'api') => ({
    time: T0 + at,
    level,
    service,
    message: 'm',
  })
  const lines = Array.from({ length: 600 }, (_, n) =>
    line(n * 1_000, n >= 120 && n < 300 && n % 5 === 0 ? 'ERROR' : 'INFO'),
  )
  await storeFacts(program.databases.clickHouse, 'log_events', tenant, lines)
  await evaluator.ticks(T0 + 60_000, T0 + 450_000)
  const { data, errors } = await client.request(
    `{ incidents { totalCount nodes { title status severity occurrences firstSeenAt resolvedAt labels { name value }
       events { nodes { kind before after note actor createdAt } } } } alerts { totalCount } }`,
  )
  expect(errors).toBeUndefined()
  const [incident] = (data as { incidents: { nodes: object[] } }).incidents.nodes
  expect(data).toMatchObject({ incidents: { totalCount: 1 }, alerts: { totalCount: 0 } })
  expect(incident).toMatchObject({
    title: 'High error rate: service=api',
    status: 'RESOLVED',
    severity: 'MEDIUM',
    labels: [{ name: 'service', value: 'api' }],
    events: {
      nodes: [
        { kind: 'OPENED', note: '0.166667 > 0.05 (60 samples)', actor: 'alerting' },
        { kind: 'STATUS_CHANGED', before: 'OPEN', after: 'RESOLVED' },
      ],
    },
  })
})

const openedBy = (name: string, opened: number) => ({ opened, resolved: opened, rule: { name } })

test('noisy rules come first by the incidents they opened, and those that never fired are found', async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const evaluator = await evaluating()
  const rule = {
    dataset: 'metric_points',
    aggregate: 'LAST',
    operator: 'GT',
    window: 'PT10S',
    delay: 'PT0S',
    reopenWithin: 'PT0S',
  }
  for (const [name, threshold] of [
    ['noisy', 10],
    ['quiet', 90],
    ['never', 1_000],
  ] as const)
    expect(
      await mutate(client, 'createAlertRule', {
        ...rule,
        name,
        threshold,
        filter: { label: { name: 'name', eq: 'm' } },
      }),
    ).toMatchObject({ __typename: 'CreateAlertRulePayload' })
  const values = [1, 50, 1, 50, 1, 95, 1]
  const points = values.map((value, n) => ({ time: T0 + n * 5_000 - 1_000, name: 'm', value }))
  await storeFacts(program.databases.clickHouse, 'metric_points', tenant, points)
  await evaluator.ticks(T0, T0 + 60_000)
  const range = { from: new Date(T0 - MINUTE).toISOString(), to: new Date(T0 + 2 * MINUTE).toISOString() }
  const { data, errors } = await client.request(
    `query ($range: TimeRangeInput) {
      analytics { incidents(range: $range) { opened rules(first: 5) { opened resolved rule { name } points { opened } } } }
      never: alertRules(filter: { hasFired: { eq: false } }) { nodes { name lastFiredAt } }
      latest: alertRules(orderBy: { field: LAST_FIRED_AT, direction: DESC }, first: 1) { nodes { name lastFiredAt } }
      incidents(orderBy: { field: NUMBER, direction: ASC }, first: 1) { nodes { firstSeenAt rule { name } } } }`,
    { range },
  )
  expect(errors).toBeUndefined()
  expect(data).toMatchObject({
    analytics: { incidents: { opened: 4, rules: [openedBy('noisy', 3), openedBy('quiet', 1)] } },
    never: { nodes: [{ name: 'never', lastFiredAt: null }] },
    latest: { nodes: [{ lastFiredAt: new Date(T0 + 25_000).toISOString() }] },
    incidents: { nodes: [{ firstSeenAt: new Date(T0 + 5_000).toISOString(), rule: { name: 'noisy' } }] },
  })
})
