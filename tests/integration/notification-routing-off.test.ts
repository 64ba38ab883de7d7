import { afterAll, beforeAll, expect, test } from 'vitest'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { enqueue } from '../../src/modules/notifications/enqueue.store.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { routed, routerOn, step } from '../testkit/routing.ts'

let program: TestApp
beforeAll(async () => void (program = await startApp()))
afterAll(() => program.stop())

test('a tenant that is off is told nothing, and what waits for it is told when it is on again', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const router = routerOn(program)
  const [ops, lead] = [await world.channel('ops'), await world.channel('lead')]
  await world.open('Told before')
  await world.route('all', [ops], { groupBy: ['title'], escalation: [step(60_000, [lead])] })
  await router.look()
  expect(await world.told()).toHaveLength(1)
  const permit = trustedPermit<never>(tenant, operator)
  await program.app.modules.tenants.service.setActive(permit, false)
  await world.open('Opened while it was off')
  await router.after(120_000)
  expect(await world.told()).toHaveLength(1)
  expect(await world.signals()).toBe(1)
  await program.app.modules.tenants.service.setActive(permit, true)
  await router.look()
  expect(
    (await world.told())
      .slice(1)
      .map(({ channelId, message: { incidents } }) => [channelId, incidents[0]!.title]),
  ).toEqual(
    expect.arrayContaining([
      [ops, 'Opened while it was off'],
      [lead, 'Told before'],
    ]),
  )
})

test('channels that the secret does not open count where somebody can mend them: in active tenants', async () => {
  const { lockedChannels } = program.app.modules.notifications.service
  const { setActive } = program.app.modules.tenants.service
  const [on, off] = [await program.seed.tenant(), await program.seed.tenant()]
  const before = await lockedChannels()
  for (const { tenant } of [on, off]) await routed(program, tenant).channel('locked')
  expect(await lockedChannels()).toBe(before + 2)
  const permit = trustedPermit<never>(off.tenant, operator)
  await setActive(permit, false)
  expect(await lockedChannels()).toBe(before + 1)
  await setActive(permit, true)
  expect(await lockedChannels()).toBe(before + 2)
})

test('what begins while the channel of its route is off is told when one is on again', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const router = routerOn(program)
  const ops = await world.channel('ops', { enabled: false })
  await world.route('all', [ops], { groupIntervalMs: 1_000, repeatIntervalMs: 0 })
  const { id } = await world.open('Nobody heard')
  await router.look()
  await router.after(2_000)
  expect([await world.told(), (await world.groups())[0]]).toMatchObject([
    [],
    { toldChannelIds: [], members: [{ toldAt: null }] },
  ])
  const db = program.app.postgres.forTenant(tenant)
  const where = { tenantId: tenant, id: ops }
  await db.notificationChannel.updateMany({ where, data: { enabled: true } })
  await router.after(2_000)
  await router.after(2_000)
  await world.status(id, 'RESOLVED')
  await router.after(2_000)
  const told = (await world.told()).map(({ channelId, message: { kind } }) => [channelId, kind])
  expect(told).toEqual([
    [ops, 'FIRING'],
    [ops, 'RESOLVED'],
  ])
})

test('a channel that is off holds back no other route, and the steps of its own go on', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const router = routerOn(program)
  const ops = await world.channel('ops', { enabled: false })
  const [lead, other] = [await world.channel('lead'), await world.channel('other')]
  const matchers = [{ name: 'team', eq: 'video' }]
  const escalation = [step(60_000, [lead])]
  await world.route('video', [ops], { matchers, escalation, groupIntervalMs: 1_000, repeatIntervalMs: 0 })
  await world.route('rest', [other], { position: 1 })
  const { id } = await world.open('Video', 'HIGH', { team: 'video' })
  await world.open('Rest')
  await router.look()
  const heard = async () =>
    (await world.told()).map(({ channelId, message: { kind, incidents } }) => [
      channelId,
      kind,
      incidents[0]!.title,
    ])
  expect(await heard()).toEqual([[other, 'FIRING', 'Rest']])
  await router.after(61_000)
  expect((await heard()).slice(1)).toEqual([[lead, 'FIRING', 'Video']])
  const where = { tenantId: tenant, id: ops }
  await program.app.postgres
    .forTenant(tenant)
    .notificationChannel.updateMany({ where, data: { enabled: true } })
  await router.after(61_000)
  await world.status(id, 'RESOLVED')
  await router.after(2_000)
  expect((await heard()).slice(2)).toEqual([
    [ops, 'FIRING', 'Video'],
    ...[lead, ops].map((channel) => [channel, 'RESOLVED', 'Video']),
  ])
})

test('a group that Postgres refuses to keep holds back no other, is said, and is tried again in a minute', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  await world.route('all', [await world.channel('a')], { groupBy: ['title'] })
  for (const title of ['Good', 'Bad', 'Better']) await world.open(title)
  let isRefused = true
  const router = routerOn(program, {
    enqueue: async (tx, ...given) => {
      await enqueue(tx, ...given)
      if (isRefused && given[1].some(({ message: { incidents } }) => incidents[0]!.title === 'Bad'))
        await tx.$executeRaw`UPDATE notification_group_members SET escalation_step = -1`
    },
  })
  const titles = async () =>
    (await world.told()).map(({ message: { incidents } }) => incidents[0]!.title).toSorted()
  await expect(router.look()).rejects.toThrow('notification_group_members_escalation_step_check')
  expect(await titles()).toEqual(['Better', 'Good'])
  await router.after(59_000)
  await expect(router.after(1_000)).rejects.toThrow('notification_group_members_escalation_step_check')
  isRefused = false
  await router.after(60_000)
  expect(await titles()).toEqual(['Bad', 'Better', 'Good'])
})
