import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeGlobalID } from '../../src/graphql/global-id.ts'
import type { Message } from '../../src/modules/notifications/message.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { startCollector } from '../testkit/collector.ts'
import { mutate } from '../testkit/mutate.ts'
import { aMessage, enqueued, toThisMachine } from '../testkit/notifications.ts'
import { until } from '../testkit/waiters.ts'

let program: TestApp
let collector: Awaited<ReturnType<typeof startCollector>>
let nowMs = Date.now()
beforeAll(async () => {
  collector = await startCollector(({ path }, response) =>
    response.writeHead(path === '/gone' ? 410 : 204).end(),
  )
  program = await startApp({ settings: toThisMachine, clock: { now: () => nowMs } })
})
afterAll(async () => {
  await program.stop()
  await collector.stop()
})

const workspace = async () => {
  const { tenant } = await program.seed.tenant()
  const client = createTestClient(program.url, await program.seed.key(tenant, ['read', 'write', 'admin']))
  const made = async (name: string, input: object, field: string): Promise<string> => {
    const payload = (await mutate(client, name, input)) as unknown as Record<string, { id: string }>
    return decodeGlobalID(payload[field]!.id).id
  }
  const channel = (name: string) =>
    made('createNotificationChannel', { name, webhookUrl: `${collector.url}/${name}` }, 'notificationChannel')
  const incident = (title: string) => made('openIncident', { title, severity: 'HIGH' }, 'incident')
  const tell = (channelId: string, ids: readonly string[], given: Partial<Message> = {}) => {
    const [example] = aMessage().incidents
    const message = aMessage({ incidents: ids.map((id) => ({ ...example!, id })), ...given })
    return enqueued(program.app.postgres, tenant, [{ channelId, message }], new Date(nowMs))
  }
  const ask = async <T>(query: string): Promise<T> => {
    const { data, errors } = await client.request<Record<string, T>, object>(query, {})
    expect(errors).toBeUndefined()
    return Object.values(data!)[0]!
  }
  return { tenant, client, channel, incident, tell, ask }
}
const tasks = () => program.app.modules.notifications.service.tasks
const runs = (name: string) =>
  tasks()
    .find((task) => task.name === name)!
    .run()
const look = () => runs('notifications that are due')
const tellTimelines = () => runs('notifications that timelines tell')

const message = (kind: string, name: string) => ({
  notification: { kind, status: 'DELIVERED', channel: { name } },
  incident: { number: 1 },
})
type Timeline = {
  nodes: { version: number; events: { nodes: object[] }; notifications: { nodes: object[] } }[]
}

test('what was delivered stands in the timeline of each incident once, and in its list of messages, the newest first', async () => {
  const { tenant, channel, incident, tell, ask } = await workspace()
  const [ops, boss] = [await channel('ops'), await channel('boss')]
  const [a, b, c] = [await incident('a'), await incident('b'), await incident('c')]
  await tell(ops, [a, b])
  nowMs += 1_000
  await tell(boss, [a], { escalation: 2, dedupKey: 'other' })
  const { reads } = program.app.modules.notifications
  const delivered = (count: number) =>
    until(async () => {
      await look()
      return (await reads.count(tenant, { status: 'DELIVERED' })) === count
    })
  await tellTimelines() // tells nothing that is only on its way
  await delivered(2)
  await Promise.all([tellTimelines(), tellTimelines()])
  await tellTimelines()
  nowMs += 1_000
  await tell(ops, [a], { kind: 'RESOLVED' })
  await delivered(3)
  await tellTimelines()
  const timelines = await ask<Timeline>(
    `{ incidents(orderBy: { field: NUMBER, direction: ASC }) { nodes { version
       events { nodes { kind actor after note version } }
       notifications { nodes { notification { kind status channel { name } } incident { number } } } } } }`,
  )
  const entry = { kind: 'NOTIFIED', actor: 'notifications' }
  expect(timelines.nodes[0]!.events.nodes.slice(1)).toEqual([
    { ...entry, after: 'ops', note: 'FIRING', version: 2 },
    { ...entry, after: 'boss', note: 'FIRING, step 2 of the escalation', version: 3 },
    { ...entry, after: 'ops', note: 'RESOLVED', version: 4 },
  ])
  expect(timelines.nodes[0]).toMatchObject({
    version: 4,
    notifications: {
      nodes: [message('RESOLVED', 'ops'), message('FIRING', 'boss'), message('FIRING', 'ops')],
    },
  })
  expect(timelines.nodes[1]!.events.nodes).toMatchObject([{}, { ...entry, after: 'ops', version: 2 }])
  expect(timelines.nodes[2]).toMatchObject({ version: 1, notifications: { nodes: [] } })
  expect(await program.app.modules.incidents.eventReads.count(tenant, { incidentId: c })).toBe(1)
  // Routes have nothing to do with what they told themselves.
  const signals = await program.app.postgres
    .forTenant(tenant)
    .incidentSignal.count({ where: { tenantId: tenant } })
  expect(signals).toBe(3)
})

test('a channel that is switched off since its receiver is gone has a line in the audit log', async () => {
  const { channel, tell, ask } = await workspace()
  const gone = await channel('gone')
  await tell(gone, [])
  await look()
  await tell(gone, [], { dedupKey: 'other' })
  const [row] = await until(async () => {
    const { nodes } = await ask<{ nodes: { action: string }[] }>(
      '{ auditLog(first: 1) { nodes { action actor { kind name } resourceType before after } } }',
    )
    return nodes[0]?.action === 'updateNotificationChannel' && nodes
  })
  expect(row).toMatchObject({
    actor: { kind: 'PROGRAM', name: 'notifications' },
    resourceType: 'NotificationChannel',
    before: { enabled: true },
    after: { enabled: false, disabledReason: expect.stringContaining('410') },
  })
})
