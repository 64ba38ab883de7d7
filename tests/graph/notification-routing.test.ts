import { afterAll, beforeAll, expect, test } from 'vitest'
import { roleAllows, type AccessScope } from '../../src/auth/actions.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { routed, routerOn } from '../testkit/routing.ts'
import { statementsDuring } from '../testkit/statements.ts'

let program: TestApp
beforeAll(async () => void (program = await startApp()))
afterAll(() => program.stop())

const soon = (ms = 3_600_000): string => new Date(Date.now() + ms).toISOString()
const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const run = (name: string, input: object): Promise<Payload> => mutate(client, name, input)
  const ask = async (query: string): Promise<Record<string, never>> => {
    const { data, errors } = await client.request(query)
    expect(errors).toBeUndefined()
    return data as never
  }
  return { tenant, run, ask, world: routed(program, tenant), router: routerOn(program) }
}

test('a route is made, found at its place, changed and deleted; channels go by their names', async () => {
  const { run, ask, world } = await open()
  await world.channel('ops')
  await world.channel('boss')
  const first = {
    name: 'Critical',
    matchers: [{ name: 'severity', eq: 'CRITICAL' }],
    channels: ['ops'],
    groupBy: ['service'],
    escalation: [{ after: 'PT5M', channels: ['boss'] }],
  }
  const { notificationRoute, warnings } = (await run('createNotificationRoute', first)) as never as {
    notificationRoute: { id: string }
    warnings: string[]
  }
  expect(notificationRoute).toMatchObject({
    position: 0,
    channels: ['ops'],
    groupWait: 'PT10S',
    groupInterval: 'PT5M',
    repeatInterval: 'PT4H',
    version: 1,
  })
  expect(warnings).toEqual([])
  const { id } = notificationRoute
  expect(await run('createNotificationRoute', { name: 'Rest' })).toMatchObject({
    notificationRoute: { position: 1 },
  })
  expect(await run('createNotificationRoute', { name: 'Rest' })).toMatchObject({
    code: 'CONFLICT',
    path: ['name'],
  })
  expect(
    await run('updateNotificationRoute', { id, position: 5, groupWait: null, expectedVersion: 1 }),
  ).toMatchObject({
    notificationRoute: { position: 5, groupWait: 'PT10S', channels: ['ops'], version: 2 },
  })
  expect(await run('updateNotificationRoute', { id, position: 1, expectedVersion: 1 })).toMatchObject({
    code: 'CONFLICT',
  })
  expect(
    await ask(
      '{ notificationRoutes { nodes { name matchers { name eq in not } escalation { after channels } } } }',
    ),
  ).toEqual({
    notificationRoutes: {
      nodes: [
        { name: 'Rest', matchers: [], escalation: [] },
        {
          name: 'Critical',
          matchers: [{ name: 'severity', eq: 'CRITICAL', in: null, not: false }],
          escalation: [{ after: 'PT5M', channels: ['boss'] }],
        },
      ],
    },
  })
  expect(await run('deleteNotificationRoute', { id })).toMatchObject({ deletedId: id })
  expect(await run('deleteNotificationRoute', { id })).toMatchObject({ code: 'NOT_FOUND' })
})

test.each<[string, object, string[]]>([
  ['a channel that there is none of', { channels: ['nobody'] }, ['channels', '0']],
  [
    'a step to one that there is none of',
    { escalation: [{ after: 'PT1M', channels: ['nobody'] }] },
    ['escalation', '0', 'channels', '0'],
  ],
  ['a step to nobody', { escalation: [{ after: 'PT1M', channels: [] }] }, ['escalation', '0', 'channels']],
  [
    'a step before the one before',
    {
      escalation: [
        { after: 'PT2M', channels: ['ops'] },
        { after: 'PT1M', channels: ['ops'] },
      ],
    },
    ['escalation'],
  ],
  [
    'matchers that can never hold',
    {
      matchers: [
        { name: 'a', eq: 'x' },
        { name: 'a', eq: 'y' },
      ],
    },
    ['matchers', '1'],
  ],
  ['a severity that there is none of', { matchers: [{ name: 'severity', eq: 'SEV1' }] }, ['matchers', '0']],
  ['an interval that is too short', { groupInterval: 'PT0S' }, ['groupInterval']],
  ['a repetition that is too often', { repeatInterval: 'PT1S' }, ['repeatInterval']],
  ['a label twice', { groupBy: ['a', 'a'] }, ['groupBy']],
  ['a place beyond the last', { position: 10_001 }, ['position']],
])('a route with %s is refused at that field', async (_what, fields, path) => {
  const { run, world } = await open()
  await world.channel('ops')
  expect(await run('createNotificationRoute', { name: 'R', ...fields })).toMatchObject({
    code: 'VALIDATION_FAILED',
    path,
  })
})

test('what matchers ask for that nothing has is a warning', async () => {
  const { run, world } = await open()
  await world.open('a', 'HIGH', { team: 'video' })
  const matchers = [
    { name: 'team', eq: 'x' },
    { name: 'tema', eq: 'video' },
    { name: 'gone', eq: 'x', not: true },
    { name: 'rule', eq: 'High errors' },
  ]
  expect(await run('createSilence', { matchers, comment: 'C', endsAt: soon() })).toMatchObject({
    warnings: [
      'No incident of late and no alert rule has a label "tema".',
      'There is no alert rule "High errors".',
    ],
  })
})

test('a silence keeps its incidents quiet until it is ended, and they say so', async () => {
  const { run, ask, world, router } = await open()
  await world.route('all', [await world.channel('ops')], { groupIntervalMs: 1_000 })
  const made = (await run('createSilence', {
    matchers: [{ name: 'team', eq: 'video' }],
    comment: 'We know',
    endsAt: soon(),
  })) as never as { silence: { id: string } }
  await world.open('a', 'HIGH', { team: 'video' })
  await router.after(2_000) // its clock stood still since before the silence
  expect(await world.told()).toEqual([])
  const muted = '{ incidents { nodes { title mutedBy { reason silence { comment } } } } }'
  expect(await ask(muted)).toEqual({
    incidents: { nodes: [{ title: 'a', mutedBy: [{ reason: 'SILENCE', silence: { comment: 'We know' } }] }] },
  })
  expect(await run('expireSilence', { id: made.silence.id })).toMatchObject({
    silence: { comment: 'We know' },
  })
  expect(await run('expireSilence', { id: made.silence.id })).toMatchObject({ code: 'CONFLICT' })
  expect(await ask(muted)).toEqual({ incidents: { nodes: [{ title: 'a', mutedBy: [] }] } })
  await router.after(2_000)
  expect(await world.told()).toHaveLength(1)
})

test('why incidents of a page are quiet is asked for all of them at once', async () => {
  const { run, ask, world } = await open()
  const silence = { matchers: [{ name: 'severity', eq: 'LOW' }], comment: 'C', endsAt: soon() }
  await run('createSilence', silence)
  for (const n of [1, 2]) await world.open(`i${n}`, 'LOW')
  const query = '{ incidents(first: 50) { nodes { mutedBy { reason silence { comment } } } } }'
  const few = (await statementsDuring(() => ask(query))).length
  for (let n = 3; n <= 30; n += 1) await world.open(`i${n}`, 'LOW')
  expect((await statementsDuring(() => ask(query))).length).toBe(few)
})

test.each([
  ['endsAt', { endsAt: soon(-1_000) }],
  ['endsAt', { startsAt: soon(7_200_000), endsAt: soon() }],
  ['endsAt', { endsAt: soon(400 * 86_400_000) }],
  ['endsAt', { endsAt: null }],
  ['endsAt', { for: 'PT1H' }],
  ['for', { endsAt: null, for: 'P400D' }],
  ['matchers', { matchers: [] }],
  ['comment', { comment: ' ' }],
])('a silence with a wrong %s is refused', async (path, fields) => {
  const { run } = await open()
  const silence = { matchers: [{ name: 'a', eq: 'x' }], comment: 'C', endsAt: soon(), ...fields }
  expect(await run('createSilence', silence)).toMatchObject({ code: 'VALIDATION_FAILED', path: [path] })
})

test('a node that is drained silences its incidents without a window, and one that has a window too', async () => {
  const { run, ask, world, router } = await open()
  await world.route('all', [await world.channel('ops')], { groupIntervalMs: 1_000 })
  const { cluster } = (await run('createCluster', { slug: 'c' })) as never as { cluster: { id: string } }
  const edgeNode = { id: await world.node(cluster.id, 'edge-1') }
  await run('setEdgeNodeMode', { id: edgeNode.id, mode: 'DRAINING' })
  await world.open('a', 'HIGH', { node_id: 'edge-1' })
  await router.look()
  expect(await world.told()).toEqual([])
  const muted = '{ incidents { nodes { mutedBy { reason node { slug } maintenanceWindow { comment } } } } }'
  const node = { slug: 'edge-1' }
  expect(await ask(muted)).toEqual({
    incidents: { nodes: [{ mutedBy: [{ reason: 'MAINTENANCE', node, maintenanceWindow: null }] }] },
  })
  await run('setEdgeNodeMode', { id: edgeNode.id, mode: 'NORMAL' })
  const { maintenanceWindow } = (await run('createMaintenanceWindow', {
    nodeId: edgeNode.id,
    comment: 'New disks',
    endsAt: soon(),
  })) as never as { maintenanceWindow: { id: string } }
  await router.after(2_000)
  expect(await world.told()).toEqual([])
  expect(await ask(muted)).toEqual({
    incidents: {
      nodes: [{ mutedBy: [{ reason: 'MAINTENANCE', node, maintenanceWindow: { comment: 'New disks' } }] }],
    },
  })
  await run('deleteMaintenanceWindow', { id: maintenanceWindow.id })
  await router.after(2_000)
  expect(await world.told()).toHaveLength(1)
})

test('a maintenance window is of a node or of a stream, whose incidents are quiet while it lasts', async () => {
  const { tenant, run, ask, world } = await open()
  const { globalId: streamId, internalName } = await program.seed.stream(tenant)
  expect(await run('createMaintenanceWindow', { for: 'PT1H' })).toMatchObject({
    code: 'VALIDATION_FAILED',
  })
  const made = await run('createMaintenanceWindow', { streamId, for: 'PT1H' })
  const { id } = (made as never as { maintenanceWindow: { id: string } }).maintenanceWindow
  await world.open('a', 'LOW', { internal_name: internalName })
  await world.open('b', 'LOW', { node_id: internalName })
  const of = '{ incidents { nodes { title mutedBy { reason stream { id } maintenanceWindow { id } } } } }'
  expect(await ask(of)).toEqual({
    incidents: {
      nodes: [
        { title: 'b', mutedBy: [] },
        {
          title: 'a',
          mutedBy: [{ reason: 'MAINTENANCE', stream: { id: streamId }, maintenanceWindow: { id } }],
        },
      ],
    },
  })
  expect(made).toMatchObject({ maintenanceWindow: { comment: '' } })
  for (const endsAt of [soon(-86_400_000), soon(367 * 86_400_000)])
    expect(await run('updateMaintenanceWindow', { id, endsAt })).toMatchObject({
      code: 'VALIDATION_FAILED',
      path: ['endsAt'],
    })
  expect(await run('updateMaintenanceWindow', { id, endsAt: soon(365 * 86_400_000) })).toMatchObject({
    maintenanceWindow: { id },
  })
})

test('an inhibition names the incident that keeps another quiet, which is told when that is over', async () => {
  const { run, ask, world, router } = await open()
  await world.route('all', [await world.channel('ops')], { groupIntervalMs: 1_000, groupBy: ['title'] })
  expect(
    await run('createInhibition', {
      name: 'Down',
      sourceMatchers: [{ name: 'title', eq: 'down' }],
      targetMatchers: [{ name: 'title', eq: 'slow' }],
      equal: ['cluster'],
    }),
  ).toMatchObject({ inhibition: { name: 'Down', equal: ['cluster'] }, warnings: [] })
  const down = await world.open('down', 'HIGH', { cluster: 'c' })
  await world.open('slow', 'LOW', { cluster: 'c' })
  await router.look()
  expect((await world.told()).map(({ message }) => message.incidents[0]!.title)).toEqual(['down'])
  expect(
    await ask('{ incidents { nodes { title mutedBy { reason inhibition { name } source { title } } } } }'),
  ).toEqual({
    incidents: {
      nodes: [
        {
          title: 'slow',
          mutedBy: [{ reason: 'INHIBITION', inhibition: { name: 'Down' }, source: { title: 'down' } }],
        },
        { title: 'down', mutedBy: [] },
      ],
    },
  })
  await world.status(down.id, 'RESOLVED')
  await router.after(2_000)
  expect(
    (await world.told())
      .slice(1)

      .map(({ message }) => `${message.kind} ${message.incidents[0]!.title}`)
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['FIRING slow', 'RESOLVED down'])
})

test('the dry run answers what the router does', async () => {
  const { run, ask, world, router } = await open()
  await world.channel('video')
  await world.channel('own')
  await run('createNotificationRoute', {
    name: 'Video',
    matchers: [{ name: 'team', eq: 'video' }],
    channels: ['video'],
    groupBy: ['service'],
    groupWait: 'PT0S',
    continues: true,
  })
  await run('createNotificationRoute', { name: 'Critical', matchers: [{ name: 'severity', eq: 'CRITICAL' }] })
  await run('createAlertRule', {
    name: 'R',
    dataset: 'log_events',
    aggregate: 'COUNT',
    operator: 'GT',
    threshold: 1,
    window: 'PT1M',
    channels: ['own'],
  })
  const labels = '[{ name: "team", value: "video" }, { name: "service", value: "api" }]'
  const all = 'routes { route { name } groupLabels { name value } channels } ruleChannels mutedBy { reason }'
  const answer = {
    routes: [
      { route: { name: 'Video' }, groupLabels: [{ name: 'service', value: 'api' }], channels: ['video'] },
    ],
  }
  expect(
    await ask(`{ notificationRouting(labels: ${labels}, severity: HIGH, rule: "R") { ${all} } }`),
  ).toEqual({
    notificationRouting: { ...answer, ruleChannels: ['own'], mutedBy: [] },
  })
  await world.open('a', 'HIGH', { team: 'video', service: 'api' })
  await router.look()
  expect((await world.told()).map(({ message: { route, groupLabels } }) => [route, groupLabels])).toEqual([
    ['Video', { service: 'api' }],
  ])
})

test('a route that is made while an incident is open is told of it', async () => {
  const { run, world, router } = await open()
  await world.channel('ops')
  await world.open('a')
  await router.look()
  expect(await world.signals()).toBe(0)
  await run('createNotificationRoute', { name: 'R', channels: ['ops'], groupWait: 'PT0S' })
  await router.look()
  expect(await world.told()).toHaveLength(1)
})

test('who writes may silence, and only who administers routes; who reads does neither', async () => {
  const { tenant } = await program.seed.tenant()
  const as = async (...scopes: AccessScope[]) =>
    createTestClient(program.url, await program.seed.key(tenant, scopes))
  const silence = { matchers: [{ name: 'a', eq: 'x' }], comment: 'C', endsAt: soon() }
  const code = { code: 'FORBIDDEN' }
  expect(await mutate(await as('read'), 'createSilence', silence)).toMatchObject(code)
  expect(await mutate(await as('read'), 'createNotificationRoute', { name: 'R' })).toMatchObject(code)
  expect(await mutate(await as('read', 'write'), 'createSilence', silence)).toMatchObject({
    __typename: 'CreateSilencePayload',
  })
  expect(roleAllows('MEMBER', 'silence:write')).toBe(true)
  expect(roleAllows('MEMBER', 'notificationRoute:write')).toBe(false)
  expect(roleAllows('ADMIN', 'notificationRoute:write')).toBe(true)
})
