import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const rule = {
  dataset: 'log_events',
  aggregate: 'COUNT',
  operator: 'GTE',
  threshold: 5,
  window: 'PT5M',
} as const
type Named = Readonly<Record<string, { readonly id: string }>>

const refused = (by: string) => ({
  __typename: 'ConflictError',
  path: ['id'],
  message: `The channel "ops" is used by ${by}. Take it from them first.`,
})

const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client: TestClient = createTestClient(program.url, key)
  const run = (name: string, input: object) => mutate(client, name, input)
  const made = async (name: string, input: object): Promise<string> => {
    const payload = (await run(name, input)) as unknown as Named
    return Object.values(payload).find((each) => typeof each === 'object')!.id
  }
  const channel = (name: string) =>
    made('createNotificationChannel', { name, webhookUrl: 'https://hooks.example.com/a' })
  const schedule = (name: string, of: string) =>
    made('createOnCallSchedule', {
      name,
      timezone: 'UTC',
      startsAt: '2026-01-05T09:00',
      shift: 'P7D',
      participants: [{ name: 'Ada', channel: of }],
    })
  const ask = async (query: string) => {
    const { data, errors } = await client.request<
      Record<string, { nodes: Record<string, unknown>[] }>,
      object
    >(query, {})
    expect(errors).toBeUndefined()
    return Object.values(data!)[0]!.nodes
  }
  return { tenant, run, made, channel, schedule, ask }
}

test('a channel that is renamed is told by all that named it, each with a new version and a line in the audit log', async () => {
  const { run, made, channel, schedule, ask, tenant } = await open()
  const ops = await channel('ops')
  await channel('boss')
  const named = await made('createAlertRule', { ...rule, name: 'High errors', channels: ['boss', 'ops'] })
  await made('createAlertRule', { ...rule, name: 'Other', channels: ['boss'] })
  await made('createNotificationRoute', { name: 'R', channels: ['ops'] })
  await schedule('Nights', 'ops')
  const before = await program.app.modules.alertRules.reads.find(tenant, { name: 'High errors' })
  expect(await run('updateNotificationChannel', { id: ops, name: 'operations' })).toMatchObject({
    notificationChannel: { name: 'operations', version: 2 },
  })
  expect(await ask('{ alertRules { nodes { name channels version } } }')).toEqual([
    { name: 'High errors', channels: ['boss', 'operations'], version: 2 },
    { name: 'Other', channels: ['boss'], version: 1 },
  ])
  const after = await program.app.modules.alertRules.reads.find(tenant, { name: 'High errors' })
  expect(after!.updatedAt.getTime()).toBeGreaterThan(before!.updatedAt.getTime())
  expect(await ask('{ notificationRoutes { nodes { channels } } }')).toEqual([{ channels: ['operations'] }])
  expect(await ask('{ onCallSchedules { nodes { participants { channel { name } } } } }')).toEqual([
    { participants: [{ channel: { name: 'operations' } }] },
  ])
  expect(await ask('{ auditLog(first: 2) { nodes { action resourceId before after } } }')).toEqual([
    {
      action: 'updateNotificationChannel',
      resourceId: named,
      before: { channels: ['boss', 'ops'] },
      after: { channels: ['boss', 'operations'] },
    },
    {
      action: 'updateNotificationChannel',
      resourceId: ops,
      before: { name: 'ops' },
      after: { name: 'operations' },
    },
  ])
})

test('a channel that rules, routes and schedules use is not deleted until they name it no longer', async () => {
  const { run, made, channel, schedule } = await open()
  const ops = await channel('ops')
  await channel('boss')
  const high = await made('createAlertRule', { ...rule, name: 'High errors', channels: ['ops'] })
  const remove = () => run('deleteNotificationChannel', { id: ops })
  expect(await remove()).toMatchObject(refused('the rule "High errors"'))
  const escalation = [{ after: 'PT5M', channels: ['ops'] }]
  const route = await made('createNotificationRoute', { name: 'R', channels: ['boss'], escalation })
  const nights = await schedule('Nights', 'ops')
  const days = await schedule('Days', 'boss')
  const [from, to] = [new Date(), new Date(Date.now() + 3_600_000)]
  await run('addOnCallOverride', { id: days, name: 'Bo', channel: 'ops', from, to })
  expect(await remove()).toMatchObject(
    refused('the rule "High errors", the route "R", the on-call schedule "Days" and 1 more'),
  )
  await run('updateAlertRule', { id: high, channels: [] })
  await run('deleteNotificationRoute', { id: route })
  await run('deleteOnCallSchedule', { id: nights })
  expect(await remove()).toMatchObject(refused('the on-call schedule "Days"'))
  await run('removeOnCallOverride', { id: days, name: 'Bo', from })
  expect(await remove()).toMatchObject({ __typename: 'DeleteNotificationChannelPayload' })
})

test('a schedule that an escalation names is not deleted', async () => {
  const { run, made, channel, schedule } = await open()
  await channel('ops')
  const id = await schedule('Nights', 'ops')
  const escalation = [{ after: 'PT5M', schedules: ['Nights'] }]
  const route = await made('createNotificationRoute', { name: 'R', escalation })
  expect(await run('deleteOnCallSchedule', { id })).toMatchObject({
    __typename: 'ConflictError',
    message: 'The on-call schedule "Nights" is used by the route "R". Take it from them first.',
  })
  await run('updateNotificationRoute', { id: route, escalation: [] })
  expect(await run('deleteOnCallSchedule', { id })).toMatchObject({
    __typename: 'DeleteOnCallSchedulePayload',
  })
})

test('a rule names channels that there are, by names as long as channels have; one that it named before may be gone', async () => {
  const { run, made, channel, ask, tenant } = await open()
  const long = 'n'.repeat(200)
  await channel(long)
  const unknown = {
    __typename: 'ValidationError',
    path: ['channels', '1'],
    message: 'channels.1: there is no channel "nobody".',
  }
  const given = { ...rule, name: 'R', channels: [long, 'nobody'] }
  expect(await run('createAlertRule', given)).toMatchObject(unknown)
  const id = await made('createAlertRule', { ...given, channels: [long] })
  expect(await run('updateAlertRule', { id, channels: [long, 'nobody'] })).toMatchObject(unknown)
  const applied = await run('applyAlertRules', { rules: [{ ...rule, name: 'A' }, given], dryRun: true })
  expect(applied).toMatchObject({
    __typename: 'ValidationError',
    path: ['rules', '1', 'channels', '1'],
  })
  // As rules of an older program may be.
  await program.app.postgres
    .forTenant(tenant)
    .alertRule.updateMany({ where: { tenantId: tenant }, data: { channels: ['gone', long] } })
  expect(await run('updateAlertRule', { id, description: 'kept' })).toMatchObject({ alertRule: {} })
  expect(await ask('{ alertRules { nodes { channels description } } }')).toEqual([
    { channels: ['gone', long], description: 'kept' },
  ])
})

test('a channel is not deleted while somebody names it, whoever is first', async () => {
  const { run, channel, ask } = await open()
  for (let round = 0; round < 10; round += 1) {
    const id = await channel(`c${round}`)
    const [made, gone] = await Promise.all([
      run('createAlertRule', { ...rule, name: `R${round}`, channels: [`c${round}`] }),
      run('deleteNotificationChannel', { id }),
    ])
    expect([made.code, gone.code]).toSatisfy(([ofRule, ofChannel]: (string | undefined)[]) =>
      ofRule === undefined
        ? ofChannel === 'CONFLICT'
        : ofRule === 'VALIDATION_FAILED' && ofChannel === undefined,
    )
  }
  const [rules, channels] = [
    await ask('{ alertRules(first: 100) { nodes { channels } } }'),
    await ask('{ notificationChannels(first: 100) { nodes { name } } }'),
  ]
  expect(
    rules.flatMap((each) => each.channels).toSorted((a, b) => String(a).localeCompare(String(b))),
  ).toEqual(channels.map(({ name }) => name))
})
