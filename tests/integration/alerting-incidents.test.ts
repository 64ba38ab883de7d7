import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { lockWaits } from '../testkit/lock-waits.ts'
import { eventually } from '../testkit/waiters.ts'
import { permitOf, rule, startTicks, ticksOf, type Incident, type Ticks } from './alerting-ticks.testkit.ts'

let ticks: Ticks
const open = (...rules: Partial<RuleInput>[]) => ticks.open(...rules)
beforeAll(async () => void (ticks = await startTicks()))
afterAll(() => ticks.stop())
beforeEach(() => ticks.another())

test('a sustained breach is one incident, whose severity follows the thresholds, and which is resolved when it is over', async () => {
  const world = await open({
    criticalThreshold: 95,
    recoveryThreshold: 60,
    severity: 'HIGH',
    keepFiringFor: 'PT10S',
  })
  await ticksOf(world, [85, 99, 99, 85, 85, ...Array.from({ length: 24 }, () => 85)])
  expect(await world.rows()).toHaveLength(1)
  const recovering = ['FIRING', 'FIRING', 'RECOVERING', 'RECOVERING', '', '']
  expect(await ticksOf(world, [70, 70, 50, 50, 50, 50])).toEqual(recovering)
  const [incident, ...more] = await world.incidents()
  expect(more).toEqual([])
  expect(incident).toMatchObject({ status: 'RESOLVED', severity: 'HIGH', value: '99' })
  expect(incident!.occurrences).toBeGreaterThan(20)
  expect(incident!.timeline).toEqual([
    'OPENED OPEN 85 > 80 (1 samples)',
    'SEVERITY_CHANGED HIGH CRITICAL 99 > 95 (2 samples)',
    'SEVERITY_CHANGED CRITICAL HIGH 85 > 80 (2 samples)',
    'STATUS_CHANGED OPEN RESOLVED 50, which is no breach',
  ])
})

test.each([
  ['is told by its timeline alone, and no zero in its place', 4e-10, 5e-10, null],
  ['stands there where they can hold it', 3e-7, 4e-7, 4e-7],
])(
  'a number of more decimals than the columns of an incident have %s',
  async (_what, threshold, value, shown) => {
    const world = await open({ threshold })
    await ticksOf(world, [value])
    const [incident] = await world.incidents()
    expect(incident?.value == null ? null : Number(incident.value)).toBe(shown)
    expect(incident!.timeline).toEqual([`OPENED OPEN ${value} > ${threshold} (1 samples)`])
  },
)

test('what comes back within the window opens the same incident again, and later another one', async () => {
  const world = await open({ reopenWithin: 'PT30S' })
  await ticksOf(world, [95, 1, 1, 95, 95, 1, 1])
  expect(await world.incidents()).toMatchObject([{ number: 1, status: 'RESOLVED', occurrences: 2 }])
  await ticksOf(
    world,
    Array.from({ length: 8 }, () => 1),
  )
  await ticksOf(world, [95])
  expect(await world.incidents()).toMatchObject([
    { number: 1 },
    { number: 2, status: 'OPEN', occurrences: 1 },
  ])
})

test('a rule knows when it fired last; one that never did is told from it, and it looks no other', async () => {
  const world = await open()
  const { reads } = ticks.program.app.modules.alertRules
  const rule = () => reads.find(world.tenant, { id: world.rules[0]!.id })
  const before = await rule()
  expect(before).toMatchObject({ lastFiredAt: null, hasFired: false })
  await ticksOf(world, [1, 95, 95, 1])
  const [incident] = await world.incidents()
  const { updatedAt: _at, ...same } = before!
  expect(await rule()).toMatchObject({ ...same, lastFiredAt: expect.any(Date), hasFired: true })
  const { firstSeenAt } = (await ticks.program.app.modules.incidents.reads.find(world.tenant, {
    id: incident!.id,
  }))!
  expect((await rule())!.lastFiredAt).toEqual(firstSeenAt)
})

test('people acknowledge, note and suppress it; who resolves what is not over sees it open again', async () => {
  const world = await open()
  await world.tick(95)
  const [{ id }] = (await world.incidents()) as [Incident]
  const { service } = ticks.program.app.modules.incidents
  await service.changeStatus(permitOf(world.tenant), { id, status: 'INVESTIGATING' })
  await service.addNote(permitOf(world.tenant), { id, note: 'looking' })
  await world.tick(95)
  await service.changeStatus(permitOf(world.tenant), { id, status: 'RESOLVED' })
  await ticksOf(
    world,
    Array.from({ length: 13 }, () => 95),
  )
  expect(await world.incidents()).toMatchObject([{ id, status: 'OPEN' }])
  await service.changeStatus(permitOf(world.tenant), { id, status: 'SUPPRESSED' })
  await ticksOf(world, [95, 1, 1])
  const [after, ...more] = await world.incidents()
  expect([after!.status, more]).toEqual(['RESOLVED', []])
  expect(after!.timeline).toContain('STATUS_CHANGED RESOLVED OPEN still in breach')
})

test('a rule that is edited while it fires goes on, is over, or begins anew; one that is switched off or deleted is closed', async () => {
  const world = await open()
  const { service } = ticks.program.app.modules.alertRules
  const { id } = world.rules[0]!
  const edit = (change: object) => service.update(permitOf(world.tenant), { id, ...change })
  await ticksOf(world, [95, 95])
  await edit({ description: 'another' })
  expect(await world.tick(95)).toBe('FIRING')
  await edit({ threshold: 99 })
  expect(await world.tick(95)).toBe('')
  await edit({ threshold: 80, reopenWithin: 'PT0S' })
  expect(await world.tick(95)).toBe('FIRING')
  await edit({ filter: { label: { name: 'name', eq: 'other' } } })
  expect(await ticksOf(world, [95, 95])).toEqual(['', ''])
  await edit({ filter: rule.filter })
  await world.tick(95)
  await edit({ enabled: false })
  expect(await ticksOf(world, [95, 95])).toEqual(['', ''])
  await edit({ enabled: true })
  await world.tick(95)
  await service.remove(permitOf(world.tenant), id)
  expect(await ticksOf(world, [95, 95])).toEqual(['', ''])
  const all = await world.incidents()
  expect(all.map(({ status }) => status)).toEqual(['RESOLVED', 'RESOLVED', 'RESOLVED', 'RESOLVED'])
  const closed = 'STATUS_CHANGED OPEN RESOLVED the alert rule was changed, switched off or deleted'
  expect(all.slice(1).map(({ timeline }) => timeline.at(-1))).toEqual([closed, closed, closed])
})

test('a rule that is edited to measure something else, and is in breach by that at once, is closed and opened anew', async () => {
  const world = await open({ name: 'few', aggregate: 'COUNT', operator: 'LT', threshold: 1e9 })
  const other = await ticks.open({ name: 'of another tenant' })
  const { service } = ticks.program.app.modules.alertRules
  const edit = (change: object) =>
    service.update(permitOf(world.tenant), { id: world.rules[0]!.id, ...change })
  expect(await world.tick(1)).toBe('FIRING')
  await edit({ window: 'PT20S' })
  await other.point(world.now() + 4_000, 95)
  expect(await world.tick(1)).toBe('FIRING')
  expect(await other.incidents()).toMatchObject([{ status: 'OPEN' }])
  const [incident, ...more] = await world.incidents()
  expect([more, incident!.status]).toEqual([[], 'OPEN'])
  expect(incident!.timeline.slice(1)).toEqual([
    'STATUS_CHANGED OPEN RESOLVED the alert rule was changed, switched off or deleted',
    expect.stringMatching('^STATUS_CHANGED RESOLVED OPEN .* < 1000000000'),
  ])
  await edit({ window: 'PT30S', for: 'PT10S' })
  expect(await world.tick(1)).toBe('PENDING')
  expect(await world.incidents()).toMatchObject([{ status: 'RESOLVED' }])
  await edit({ window: 'PT40S' })
  expect(await ticksOf(world, [1, 1, 1])).toEqual(['PENDING', 'PENDING', 'FIRING'])
})

test('a row that goes over to another measure has the labels of that', async () => {
  const world = await open({ groupBy: ['host'] })
  await world.tick(95, { host: 'a', service: 'a' })
  await ticks.program.app.modules.alertRules.service.update(permitOf(world.tenant), {
    id: world.rules[0]!.id,
    groupBy: ['service'],
  })
  expect(await world.tick(95, { host: 'a', service: 'a' })).toBe('FIRING')
  expect((await world.rows()).map(({ labels }) => labels)).toEqual([{ service: 'a' }])
})

const times = (count: number, value: number) => Array.from({ length: count }, () => value)

test('a rise to critical counts for the incident that somebody had just resolved', async () => {
  const world = await open({ criticalThreshold: 95 })
  await world.tick(85)
  const [{ id }] = (await world.incidents()) as [Incident]
  const { service } = ticks.program.app.modules.incidents
  await service.changeStatus(permitOf(world.tenant), { id, status: 'RESOLVED' })
  await ticksOf(world, times(14, 99))
  expect(await world.incidents()).toMatchObject([{ id, status: 'OPEN', severity: 'CRITICAL' }])
})

test('a breach whose incident was merged counts for the other one while that is unfinished, and then opens a new one', async () => {
  const world = await open({ criticalThreshold: 95, labels: { team: 'a' } })
  const { service } = ticks.program.app.modules.incidents
  const permit = permitOf(world.tenant)
  await world.tick(85)
  const [{ id, title }] = (await world.incidents()) as [Incident]
  const into = await service.open(permit, { title: 'All is down', severity: 'HIGH' })
  await service.merge(permit, { id, intoId: into.id })
  await ticksOf(world, times(14, 99))
  const [, counted, ...none] = await world.incidents()
  expect(none).toEqual([])
  expect(counted).toMatchObject({ status: 'OPEN', severity: 'HIGH' })
  expect(counted!.occurrences).toBeGreaterThan(10)
  await service.changeStatus(permit, { id: into.id, status: 'RESOLVED' })
  await ticksOf(world, times(14, 99))
  const [, , anew, ...more] = await world.incidents()
  expect(more).toEqual([])
  expect(anew).toMatchObject({ number: 3, title, status: 'OPEN', severity: 'CRITICAL', value: '99' })
  expect(anew!.timeline).toEqual(['OPENED OPEN still in breach'])
  await ticksOf(world, [99, 1, 1])
  expect((await world.incidents()).map(({ status }) => status)).toEqual(['CLOSED', 'RESOLVED', 'RESOLVED'])
})

/** What another transaction holds meanwhile. */
const whileHeld = async (sql: string, id: string, work: (other: Client) => Promise<void>): Promise<void> => {
  const other = new Client({ connectionString: ticks.program.databases.ownerUrl })
  await other.connect()
  try {
    await other.query('BEGIN')
    await other.query(sql, [id])
    await work(other)
  } finally {
    await other.end() // which rolls back
  }
}

test('who refers to an incident meanwhile holds up no rule', async () => {
  const world = await open()
  await world.tick(95)
  const [{ id }] = (await world.incidents()) as [Incident]
  await whileHeld('SELECT 1 FROM incidents WHERE id = $1 FOR KEY SHARE', id, async () => {
    await ticksOf(world, [1, 1])
    expect(await world.incidents()).toMatchObject([{ status: 'RESOLVED' }])
  })
})

/** What becomes of a resolved incident that a person changes so while a rule is about to open it again. */
const changedMeanwhile = async (
  world: Awaited<ReturnType<typeof open>>,
  set: string,
  ticksMeanwhile = 1,
): Promise<void> => {
  const [{ id }] = (await world.incidents()) as [Incident]
  await whileHeld(`UPDATE incidents SET ${set} WHERE id = $1`, id, async (other) => {
    const ticked = ticksOf(world, times(ticksMeanwhile, 95))
    await eventually(async () => {
      expect(await lockWaits(ticks.owner)).toBeGreaterThan(0)
    })
    await other.query('COMMIT')
    await ticked
  })
}

test.each([
  ["status = 'CLOSED'", [{ status: 'CLOSED' }, { number: 2, status: 'OPEN', occurrences: 1 }]],
  [
    "status = 'INVESTIGATING', resolved_at = NULL, resolved_by = NULL",
    [{ status: 'INVESTIGATING', occurrences: 2 }],
  ],
])('a rule that fires again opens no incident that meanwhile became %s', async (set, expected) => {
  const world = await open({ reopenWithin: 'PT10M' })
  await ticksOf(world, [95, 1, 1])
  expect(await world.incidents()).toMatchObject([{ status: 'RESOLVED' }])
  await changedMeanwhile(world, set)
  expect(await world.incidents()).toMatchObject(expected)
})

test.each([
  ["status = 'CLOSED'", 'CLOSED'],
  ["status = 'SUPPRESSED', resolved_at = NULL, resolved_by = NULL", 'SUPPRESSED'],
])('a rule that goes on opens no incident that meanwhile became %s', async (set, status) => {
  const world = await open()
  await ticksOf(world, [95])
  const [{ id }] = (await world.incidents()) as [Incident]
  await ticks.owner.query("UPDATE incidents SET status = 'RESOLVED', resolved_at = now() WHERE id = $1", [id])
  await changedMeanwhile(world, set, 14) // what goes on is told about once a minute
  expect(await world.incidents()).toMatchObject([{ status }])
})

test('rules that fire at once are held in the order of all who hold several', async () => {
  const filter = { label: { name: 'name', eq: 'memory' } }
  const world = await open({ filter }, {})
  const [first, second] = world.rules
  await whileHeld('SELECT 1 FROM alert_rules WHERE id = $1 FOR UPDATE', first!.id, async (other) => {
    const at = world.now() + 4_000
    await world.point(at, 95, { name: 'memory' })
    const ticked = world.tick(95)
    await eventually(async () => {
      expect(await lockWaits(ticks.owner)).toBeGreaterThan(0)
    })
    await other.query('SELECT 1 FROM alert_rules WHERE id = $1 FOR UPDATE NOWAIT', [second!.id])
    await other.query('ROLLBACK')
    await ticked
  })
  expect((await world.incidents()).map(({ status }) => status)).toEqual(['OPEN', 'OPEN'])
})
