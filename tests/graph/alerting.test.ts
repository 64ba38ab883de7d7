import { afterAll, beforeAll, expect, test } from 'vitest'
import { evaluatorOn, storeFacts, WITHOUT_ALERTING } from '../testkit/alerting.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'

let program: TestApp
beforeAll(async () => void (program = await startApp({ settings: WITHOUT_ALERTING })))
afterAll(() => program.stop())

const MINUTE = 60_000
const T0 = Math.floor(Date.now() / MINUTE) * MINUTE - 3 * 3_600_000

test('a breach opens one incident, which lasts as long as the breach and is resolved by itself', async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const evaluator = evaluatorOn(program)
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
  await evaluator.ticks(T0 + 60_000, T0 + 600_000)
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
