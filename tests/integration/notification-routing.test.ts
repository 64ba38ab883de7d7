import { afterAll, beforeAll, expect, test } from 'vitest'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { alertedIncidents } from '../../src/modules/incidents/incident.alerts.store.ts'
import { recorded } from '../../src/modules/incidents/incident.store.ts'
import { enqueue } from '../../src/modules/notifications/enqueue.store.ts'
import { message } from '../../src/modules/notifications/message.ts'
import { SIGNALS } from '../../src/modules/notification-routing/routing.store.ts'
import { createRouter } from '../../src/modules/notification-routing/routing.task.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { routed, routerOn, step } from '../testkit/routing.ts'
import { statementsDuring } from '../testkit/statements.ts'
import { eventually } from '../testkit/waiters.ts'

let program: TestApp
beforeAll(async () => void (program = await startApp()))
afterAll(() => program.stop())

test('an incident becomes one message to each channel of its route, and its end another under the same key', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const router = routerOn(program)
  const channels = [await world.channel('a'), await world.channel('b')]
  const off = await world.channel('off', { enabled: false })
  await world.route('everything', [...channels, off], { groupIntervalMs: 60_000 })
  const { id } = await world.open('Too hot', 'HIGH', { service: 'api' })
  await router.look()
  const told = await world.told()
  expect(told.map(({ channelId }) => channelId).toSorted()).toEqual(channels.toSorted())
  expect(message.parse(told[0]!.message)).toMatchObject({
    kind: 'FIRING',
    route: 'everything',
    incidents: [{ id, title: 'Too hot', status: 'FIRING', labels: { service: 'api' }, rule: null }],
    more: 0,
    repeats: false,
    escalation: 0,
  })
  await world.status(id, 'RESOLVED')
  await router.after(59_000)
  expect(await world.told()).toHaveLength(2)
  await router.after(2_000)
  const all = await world.told()
  expect(all).toHaveLength(4)
  expect(all[3]!.message).toMatchObject({ kind: 'RESOLVED', incidents: [{ id, status: 'RESOLVED' }] })
  expect(new Set(all.map(({ dedupKey }) => dedupKey)).size).toBe(1)
  expect(await world.groups()).toEqual([])
  expect(await world.signals()).toBe(0)

  await world.status(id, 'OPEN')
  await router.look()
  expect((await world.told()).at(-1)!.dedupKey).not.toBe(all[0]!.dedupKey)
})

/** Nothing that is stored in fewer bytes than it has. */
const long = (): string =>
  Array.from({ length: 1_000 }, () => String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000))).join(
    '',
  )

test('the longest labels make a group as short ones do, and stop nothing else of the tenant', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const names = ['a', 'b', 'c']
  await world.route('all', [await world.channel('ops')], { groupBy: names })
  await world.open('Long', 'HIGH', Object.fromEntries(names.map((name) => [name, long()])))
  await world.open('Short', 'HIGH', { a: 'x' })
  await routerOn(program).look()
  expect((await world.told()).map(({ message: { incidents } }) => incidents[0]!.title).toSorted()).toEqual([
    'Long',
    'Short',
  ])
})

test('what a route that is deleted held and had not told goes to the next one', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const router = routerOn(program)
  const [one, other] = [await world.channel('one'), await world.channel('other')]
  const { id } = await world.route('first', [one], { groupWaitMs: 60_000 })
  await world.route('second', [other], { position: 1 })
  await world.open('Waits')
  await router.look()
  const permit = trustedPermit<'notificationRoute:write'>(tenant, operator)
  await program.app.modules.notificationRoutes.service.remove(permit, id)
  await router.after(1_000)
  expect((await world.told()).map(({ channelId }) => channelId)).toEqual([other])
})

test('three routers that look at once tell each thing once, and again nothing', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const routers = [1, 2, 3].map(() => routerOn(program))
  const channel = await world.channel('a')
  await world.route('one by one', [channel], { groupBy: ['n'] })
  const opened = Array.from({ length: 20 }, async (_, n) => world.open(`i${n}`, 'HIGH', { n: String(n) }))
  const looked = Array.from({ length: 30 }, async (_, n) => routers[n % 3]!.look())
  await Promise.all([...opened, ...looked])
  await Promise.all(routers.map(({ look }) => look()))
  const told = await world.told()
  expect(told.map(({ message: { incidents } }) => incidents[0]!.title).toSorted()).toEqual(
    Array.from({ length: 20 }, (_, n) => `i${n}`).toSorted(),
  )
  expect(new Set(told.map(({ dedupKey }) => dedupKey)).size).toBe(20)
})

test('a router that dies before its transaction is committed loses nothing and tells nothing twice', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  await world.route('all', [await world.channel('a')], { escalation: [step(60_000, [])] })
  const { id } = await world.open('a')
  const dying = routerOn(program, {
    enqueue: async (...given) => {
      await enqueue(...given)
      throw new Error('killed')
    },
  })
  await expect(dying.look()).rejects.toThrow('killed')
  expect(await world.told()).toEqual([])
  const router = routerOn(program)
  await router.look()
  await router.look()
  expect(await world.told()).toHaveLength(1)
  const [group] = await world.groups()
  expect(group).toMatchObject({ members: [{ incidentId: id, escalationStep: 0 }] })
  expect(group!.escalateAt!.getTime() - group!.lastSentAt!.getTime()).toBe(60_000)
})

test('another program goes on with the escalation, and an end is told to all that were', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const [ops, lead, boss] = [
    await world.channel('ops'),
    await world.channel('lead'),
    await world.channel('boss'),
  ]
  const escalation = [step(60_000, [lead]), step(120_000, [boss])]
  await world.route('all', [ops], { escalation, groupIntervalMs: 1_000, repeatIntervalMs: 0 })
  const { id } = await world.open('a')
  await routerOn(program).look()
  await routerOn(program).after(61_000)
  await routerOn(program).after(121_000)
  await routerOn(program).after(200_000)
  await world.status(id, 'RESOLVED')
  await routerOn(program).after(300_000)
  const told = await world.told()
  expect(told.map(({ channelId, message: { kind, escalation: n } }) => [channelId, kind, n])).toEqual([
    [ops, 'FIRING', 0],
    [lead, 'FIRING', 1],
    [boss, 'FIRING', 2],
    ...[ops, lead, boss].map((channel) => [channel, 'RESOLVED', 0]),
  ])
})

test('a change that is not committed when others look is seen by who looks next', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const router = routerOn(program)
  await world.route('all', [await world.channel('a')], { groupIntervalMs: 1_000 })
  const { id } = await world.open('a')
  await router.look()
  await world.status(id, 'RESOLVED') // its signal is there when the next change comes
  const held = Promise.withResolvers<void>()
  const reopened = program.app.postgres.forTenant(tenant).$transaction(async (tx) => {
    await tx.incident.update({ where: { tenantId_id: { tenantId: tenant, id } }, data: { status: 'OPEN' } })
    const incident = await tx.incident.findFirstOrThrow({ where: { tenantId: tenant, id } })
    const event = { kind: 'STATUS_CHANGED', before: 'RESOLVED', after: 'OPEN', note: null } as const
    const version = incident.version + 1
    await recorded(tx, trustedPermit(tenant, operator), { ...incident, version }, event, new Date())
    await router.after(2_000)
    held.resolve()
  })
  await held.promise
  expect(await world.signals()).toBe(1)
  await reopened
  await router.after(2_000)
  expect((await world.told()).map(({ message: { kind } }) => kind)).toEqual(['FIRING', 'RESOLVED', 'FIRING'])
})

test("a tenant's router sees and tells nothing of another", async () => {
  const [one, two] = [await program.seed.tenant(), await program.seed.tenant()]
  const [mine, theirs] = [routed(program, one.tenant), routed(program, two.tenant)]
  await theirs.route('all', [await theirs.channel('a')])
  await mine.open('a')
  await routerOn(program).look()
  expect(await theirs.told()).toEqual([])
  // A route that names another tenant's channel tells nobody.
  await mine.route('stolen', [await theirs.channel('b')])
  await mine.open('b')
  await routerOn(program).look()
  expect([await mine.told(), await theirs.told()]).toEqual([[], []])
})

/** Incidents of a tenant that have just changed, however many. */
const changeMany = async (tenant: TenantId, from: number, count: number): Promise<void> => {
  const db = program.app.postgres.forTenant(tenant)
  const rows = Array.from({ length: count }, (_, n) => ({
    id: uuidv7(),
    tenantId: tenant,
    number: from + n,
    title: `i${from + n}`,
    severity: 'HIGH' as const,
    fingerprint: `f${from + n}`,
    labels: { group: String(n % 90) },
    firstSeenAt: new Date(),
    lastSeenAt: new Date(),
  }))
  await db.incident.createMany({ data: rows })
  await db.incidentSignal.createMany({ data: rows.map(({ id }) => ({ tenantId: tenant, incidentId: id })) })
}

test('a thousand incidents that change at once take as many statements as ten do, for each batch', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  await world.route('all', [await world.channel('a')], { groupBy: ['group'] })
  const many = async (from: number, count: number): Promise<number> => {
    await changeMany(tenant, from, count)
    const router = routerOn(program)
    const statements = await statementsDuring(() => router.after(from * 200))
    return statements.length
  }
  const few = await many(10_000, 10)
  const all = await many(20_000, 1_000)
  expect(all).toBeLessThanOrEqual(few * 3)
  const told = (await world.told()).map(({ message: { incidents, more } }) => incidents.length + more)
  expect(told.slice(-90).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(1_000)
})

test('tenants of which much has changed take turns', async () => {
  const tenants = [await program.seed.tenant(), await program.seed.tenant()].map(({ tenant }) => tenant)
  for (const tenant of tenants) await changeMany(tenant, 1, SIGNALS + 1)
  const { store } = routerOn(program)
  const turns: TenantId[] = []
  const place = (tenant: TenantId, now: Date): Promise<number> => {
    if (tenants.includes(tenant)) turns.push(tenant)
    return store.place(tenant, now)
  }
  await createRouter({ store: { ...store, place }, clock: systemClock }).look()
  const [first, second] = turns
  expect(turns).toEqual([first, second, first, second])
  expect(new Set(turns)).toEqual(new Set(tenants))
})

test('channels that a rule names itself are told what it opens, with how it measured', async () => {
  const { tenant } = await program.seed.tenant()
  const world = routed(program, tenant)
  const own = await world.channel('own')
  const permit = trustedPermit<'alertRule:write'>(tenant, operator)
  const rule = await program.app.modules.alertRules.service.create(permit, {
    name: 'High errors',
    dataset: 'log_events',
    aggregate: 'COUNT',
    operator: 'GTE',
    threshold: 5,
    window: 'PT5M',
    channels: ['own'],
  })
  const at = new Date()
  const fired = {
    title: 'a',
    description: '',
    severity: 'CRITICAL' as const,
    labels: { service: 'api' },
    value: 7.5,
    threshold: 5,
    note: '7.5 >= 5',
    reopenSince: at,
  }
  const of = { ruleId: rule.id, fingerprint: `rule/${rule.id}/a` }
  await program.app.postgres
    .forTenant(tenant)
    .$transaction((tx) => alertedIncidents.fire(tx, trustedPermit(tenant, operator), of, fired, at))
  const router = routerOn(program)
  await router.look()
  expect(await world.told()).toEqual([])
  await router.after(11_000)
  const told = await world.told()
  const measured = { name: 'High errors', operator: '>=', windowSeconds: 300 }
  expect(told).toMatchObject([
    {
      channelId: own,
      message: {
        route: null,
        groupLabels: { rule: 'High errors' },
        incidents: [{ value: 7.5, threshold: 5, rule: measured }],
      },
    },
  ])
  expect(message.parse(told[0]!.message)).toEqual(told[0]!.message)
})

test('three programs tell each incident once, within two seconds', async () => {
  const first = await startApp({ settings: { HELIOGRAPH_ROLES: 'server,ingest,notifications' } })
  const others = [await first.beside(), await first.beside()]
  try {
    const { tenant } = await first.seed.tenant()
    const world = routed(first, tenant)
    await world.route('all', [await world.channel('a')], { groupBy: ['title'] })
    const startMs = Date.now()
    for (let n = 0; n < 10; n += 1) await world.open(`i${n}`)
    await eventually(async () => expect(await world.told()).toHaveLength(10))
    expect(Date.now() - startMs).toBeLessThan(5_000) // two, and what a busy machine takes
    await Promise.all([first, ...others].map(({ app }) => app.modules.notificationRouting.service.look()))
    expect(await world.told()).toHaveLength(10)
  } finally {
    await Promise.all(others.map(({ stop }) => stop()))
    await first.stop()
  }
})
