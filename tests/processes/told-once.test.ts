import { afterAll, beforeAll, expect, test } from 'vitest'
import { TICK_MS } from '../../src/modules/alerting/evaluator.ts'
import { createTestClient } from '../testkit/client.ts'
import { startCollector } from '../testkit/collector.ts'
import { mutate } from '../testkit/mutate.ts'
import { eventually } from '../testkit/waiters.ts'
import { createPrograms, type Program } from './program.ts'
import { makeTenant } from './tenant.ts'

const programs = createPrograms()
let collector: Awaited<ReturnType<typeof startCollector>>
beforeAll(async () => void (collector = await startCollector()))
afterAll(() => collector.stop())

type Told = { kind: string; dedupKey: string; incidents: { number: number }[] }

/** Longer than a rule takes from a point to a message on a machine that does much else. */
const TOLD_MS = 40_000

/** When a program began to lead, by its own log; undefined while it has not. */
const ledAt = ({ output }: Program): number | undefined => {
  const line = output()
    .split('\n')
    .findLast((each) => each.includes('"Evaluation of alert rules"'))
  const { time, leads } = line
    ? (JSON.parse(line) as { time: number; leads: boolean })
    : { time: 0, leads: false }
  return leads ? time : undefined
}

test('of three evaluators and notifiers the leader is killed in a breach: one incident, told once, and its end once', async () => {
  const shared = {
    HELIOGRAPH_SECRET: 'a secret that all four programs have',
    NOTIFY_PRIVATE_TARGETS: '127.0.0.0/8',
  }
  const a = await programs.start({ env: { ...shared, HELIOGRAPH_ROLES: 'server,ingest' } })
  const { postgresUrl, clickhouseUrl, redisUrl } = a.stack()
  const stores = { DATABASE_URL: postgresUrl, CLICKHOUSE_URL: clickhouseUrl, REDIS_URL: redisUrl }
  const roles = { HELIOGRAPH_ROLES: 'alerting,notifications' }
  const others = await Promise.all(
    Array.from({ length: 3 }, () => programs.start({ env: { ...shared, ...stores, ...roles } })),
  )

  const key = await makeTenant(postgresUrl, undefined, ['read', 'write', 'ingest', 'admin'])
  const client = createTestClient(a.url, key)
  const make = async (mutation: string, input: object): Promise<void> =>
    expect(await mutate(client, mutation, input)).not.toHaveProperty('message')
  await make('createNotificationChannel', { name: 'Collector', webhookUrl: `${collector.url}/hook` })
  await make('createNotificationRoute', {
    name: 'All',
    channels: ['Collector'],
    groupWait: 'PT0S',
    groupInterval: 'PT1S',
  })
  await make('createAlertRule', {
    name: 'CPU',
    dataset: 'metric_points',
    aggregate: 'LAST',
    filter: { label: { name: 'name', eq: 'cpu' } },
    operator: 'GT',
    threshold: 80,
    window: 'PT30S',
    delay: 'PT0S',
  })
  const point = async (value: number): Promise<void> => {
    const sent = await client.ingest('metric_points', [
      { time: new Date().toISOString(), name: 'cpu', value },
    ])
    expect(sent.status).toBe(202)
  }
  const heard = () =>
    collector.at('/hook').map(({ body, headers }) => {
      const { data } = JSON.parse(body) as { data: Told }
      const { kind, dedupKey, incidents } = data
      return { kind, dedupKey, id: headers['webhook-id'], numbers: incidents.map(({ number }) => number) }
    })

  await eventually(async () => {
    await point(95)
    expect(heard()).toMatchObject([{ kind: 'FIRING', numbers: [1] }])
  }, TOLD_MS)
  // Killed before its mark it would be claimed for a minute more, and sent again: `notification-delivery.test.ts`.
  await eventually(async () => {
    const { data } = await client.request('{ notifications { nodes { status } } }')
    expect(data).toEqual({ notifications: { nodes: [{ status: 'DELIVERED' }] } })
  })

  const leader = others.find((each) => ledAt(each) !== undefined)!
  const killedAt = Date.now()
  leader.kill('SIGKILL')
  await leader.ended
  const left = others.filter((each) => each !== leader)
  await eventually(async () => {
    await point(95)
    expect(left.map(ledAt).filter((at) => at !== undefined)).toHaveLength(1)
  }, TOLD_MS)
  const followedAt = left.map(ledAt).find((at) => at !== undefined)
  expect(followedAt! - killedAt).toBeLessThanOrEqual(2 * TICK_MS)

  await eventually(async () => {
    await point(1)
    expect(heard()).toMatchObject([{ kind: 'FIRING' }, { kind: 'RESOLVED', numbers: [1] }])
  }, TOLD_MS)
  const [firing, resolved] = heard()
  expect(resolved!.dedupKey).toBe(firing!.dedupKey)
  expect(resolved!.id).not.toBe(firing!.id)
  const once = { status: 'DELIVERED', attempts: { nodes: [{ error: null }] } }
  const told = { kind: 'NOTIFIED', before: null, after: 'Collector' }
  await eventually(async () => {
    const { data } = await client.request(
      `{ incidents { nodes { status events { nodes { kind before after note } } } }
         notifications(orderBy: { field: CREATED_AT, direction: ASC }) {
           nodes { kind status attempts { nodes { error } } } } }`,
    )
    expect(data).toMatchObject({
      incidents: {
        nodes: [
          {
            status: 'RESOLVED',
            events: {
              nodes: [
                { kind: 'OPENED' },
                { ...told, note: 'FIRING' },
                { kind: 'STATUS_CHANGED', before: 'OPEN', after: 'RESOLVED' },
                { ...told, note: 'RESOLVED' }, // within a second of the delivery
              ],
            },
          },
        ],
      },
      notifications: {
        nodes: [
          { kind: 'FIRING', ...once },
          { kind: 'RESOLVED', ...once },
        ],
      },
    })
  })
  console.log(`followed after ${followedAt! - killedAt} ms`)
}, 180_000)
