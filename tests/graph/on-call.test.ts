import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeGlobalID } from '../../src/graphql/global-id.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'

let program: TestApp
let atMs = Date.parse('2026-10-23T12:00:00Z')
const logged: string[] = []
const log = createLogger({ level: 'warn', format: 'json', to: { write: (line) => void logged.push(line) } })
beforeAll(async () => void (program = await startApp({ clock: { now: () => atMs }, log })))
afterAll(() => program.stop())

const schedule = {
  name: 'Streaming',
  timezone: 'Europe/Amsterdam',
  startsAt: '2026-10-19T09:00',
  shift: 'P7D',
  participants: [
    { name: 'Ada', channel: 'Pager of Ada' },
    { name: 'Bo', channel: 'Pager of Bo' },
  ],
}
const open = async (): Promise<TestClient> => {
  const { key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  for (const name of ['Ada', 'Bo', 'Cy'])
    await mutate(client, 'createNotificationChannel', {
      name: `Pager of ${name}`,
      webhookUrl: `https://${name.toLowerCase()}.example.com/hook`,
    })
  return client
}
const onCall = async (client: TestClient) => {
  const { data, errors } = await client.request(
    `{ onCallSchedules { nodes { onCallNow { name from to isOverride channel { name } } } } }`,
  )
  expect(errors).toBeUndefined()
  return (data as { onCallSchedules: { nodes: { onCallNow: unknown }[] } }).onCallSchedules.nodes[0]!
    .onCallNow
}

test('who is on call changes at nine by the clock of the place, and with who takes the time of another', async () => {
  atMs = Date.parse('2026-10-23T12:00:00Z')
  const client = await open()
  const { onCallSchedule } = (await mutate(client, 'createOnCallSchedule', schedule)) as unknown as {
    onCallSchedule: { id: string }
  }
  const { id } = onCallSchedule
  // Clocks are set back on 25 October: the handover at nine is an hour later in UTC.
  const ada = { name: 'Ada', from: '2026-10-19T07:00:00.000Z', to: '2026-10-26T08:00:00.000Z' }
  expect(await onCall(client)).toEqual({ ...ada, isOverride: false, channel: { name: 'Pager of Ada' } })
  const cy = { name: 'Cy', from: '2026-10-24T00:00:00.000Z' }
  const until = '2026-10-25T00:00:00.000Z'
  await mutate(client, 'addOnCallOverride', { id, ...cy, to: until, channel: 'Pager of Cy' })
  expect(await onCall(client)).toMatchObject({ name: 'Ada', to: cy.from })
  atMs = Date.parse('2026-10-24T12:00:00Z')
  expect(await onCall(client)).toEqual({
    ...cy,
    to: until,
    isOverride: true,
    channel: { name: 'Pager of Cy' },
  })
  const { data } = await client.request(
    `query ($from: DateTime, $to: DateTime) { onCallSchedules { nodes {
       shifts(from: $from, to: $to) { name from } next: shifts { name } overrides { name to } } } }`,
    { from: '2026-10-23T00:00:00Z', to: '2026-11-03T00:00:00Z' },
  )
  expect(data).toMatchObject({
    onCallSchedules: {
      nodes: [
        {
          overrides: [{ name: 'Cy', to: until }],
          next: [{ name: 'Cy' }, { name: 'Ada' }, { name: 'Bo' }, { name: 'Ada' }],
          shifts: [
            { name: 'Ada' },
            cy,
            { name: 'Ada', from: until },
            { name: 'Bo', from: '2026-10-26T08:00:00.000Z' },
            { name: 'Ada', from: '2026-11-02T08:00:00.000Z' },
          ],
        },
      ],
    },
  })
  const backwards = await client.request(
    `{ onCallSchedules { nodes { shifts(from: "2036-01-02T00:00:00Z", to: "2036-01-01T00:00:00Z") { name } } } }`,
  )
  expect(backwards.errors).toMatchObject([{ extensions: { code: 'VALIDATION_FAILED' } }])
  await mutate(client, 'removeOnCallOverride', { id, ...cy })
  expect(await onCall(client)).toMatchObject({ name: 'Ada', to: ada.to })
  await mutate(client, 'updateOnCallSchedule', { id, participants: [{ name: 'Bo', channel: 'Pager of Bo' }] })
  expect(await onCall(client)).toMatchObject({ name: 'Bo' })
})

test.each([
  ['timezone', 'Mars/Olympus', 'There is no time zone'],
  ['startsAt', '2026-11-30T09:00:00Z', 'without a zone'],
  ['startsAt', '2026-02-30T09:00', 'startsAt'],
  ['shift', 'PT90M', 'whole hours below a day'],
  ['shift', 'P29D', 'whole hours below a day'],
  ['participants', [], 'participants'],
  ['participants', [{ name: 'Ada', channel: 'No such' }], 'there is no channel "No such"'],
] as const)('a schedule whose %s is %j is refused, and told why', async (field, value, why) => {
  const client = await open()
  const answer = await mutate(client, 'createOnCallSchedule', { ...schedule, [field]: value })
  expect(answer).toMatchObject({ __typename: 'ValidationError', message: expect.stringContaining(why) })
})

test('who is on call when a step of an escalation is due is told, and not who was when it began', async () => {
  atMs = Date.parse('2026-10-26T07:58:00Z')
  const client = await open()
  await mutate(client, 'createOnCallSchedule', schedule)
  const route = {
    name: 'Escalates',
    channels: ['Pager of Cy'],
    groupWait: 'PT0S',
    escalation: [
      { after: 'PT1M', schedules: ['Streaming'] },
      { after: 'PT5M', schedules: ['Streaming'], channels: ['Pager of Cy'] },
    ],
  }
  const unknown = { ...route, escalation: [{ after: 'PT1M', schedules: ['None'] }] }
  expect(await mutate(client, 'createNotificationRoute', unknown)).toMatchObject({
    __typename: 'ValidationError',
    message: expect.stringContaining('escalation.0.schedules.0: there is no on-call schedule "None".'),
  })
  await mutate(client, 'createNotificationRoute', route)
  await mutate(client, 'openIncident', { title: 'Down', severity: 'HIGH' })
  const told = async (after: number): Promise<unknown> => {
    atMs += after
    await program.app.modules.notificationRouting.service.look()
    const { data, errors } = await client.request(
      `{ notifications(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { channel { name } } }
         notificationRoutes { nodes { escalation { schedules { name onCallNow { name } } } } } }`,
    )
    expect(errors).toBeUndefined()
    const { notifications } = data as { notifications: { nodes: { channel: { name: string } }[] } }
    return notifications.nodes.map(({ channel }) => channel.name)
  }
  expect(await told(0)).toEqual(['Pager of Cy'])
  expect(await told(61_000)).toEqual(['Pager of Cy', 'Pager of Ada'])
  // At nine it is Bo's turn.
  const all = (await told(240_000)) as string[]
  expect([...all.slice(0, 2), ...all.slice(2).toSorted()]).toEqual(
    ['Cy', 'Ada', 'Bo', 'Cy'].map((name) => `Pager of ${name}`),
  )
})

test('a schedule whose stored zone this program does not know goes by UTC, keeps nobody from being told, and is logged', async () => {
  atMs = Date.parse('2026-10-23T12:00:00Z')
  const client = await open()
  const payload = await mutate(client, 'createOnCallSchedule', schedule)
  const { id } = decodeGlobalID((payload as unknown as { onCallSchedule: { id: string } }).onCallSchedule.id)
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  try {
    await owner.query(`UPDATE on_call_schedules SET timezone = 'Mars/Olympus' WHERE id = $1`, [id])
  } finally {
    await owner.end()
  }
  expect(await onCall(client)).toMatchObject({ name: 'Ada', from: '2026-10-19T09:00:00.000Z' })
  const escalation = [{ after: 'PT1M', schedules: ['Streaming'] }]
  await mutate(client, 'createNotificationRoute', { name: 'R', groupWait: 'PT0S', escalation })
  await mutate(client, 'openIncident', { title: 'Down', severity: 'HIGH' })
  await program.app.modules.notificationRouting.service.look()
  atMs += 61_000
  await program.app.modules.notificationRouting.service.look()
  const { data } = await client.request('{ notifications { nodes { channel { name } } } }')
  expect(data).toEqual({ notifications: { nodes: [{ channel: { name: 'Pager of Ada' } }] } })
  expect(logged.find((line) => line.includes('unknown time zone'))).toContain('Mars/Olympus')
})
