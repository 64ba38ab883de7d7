import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { TICK_MS as TICK } from '../../src/modules/alerting/evaluator.ts'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { compileSql } from '../../src/platform/clickhouse/sql.ts'
import { AppError } from '../../src/platform/errors.ts'
import { offsetPeriods } from '../../src/platform/time-zone.ts'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import { evaluatorOn, storeFacts, WITHOUT_ALERTING } from '../testkit/alerting.ts'
import { startApp, type TestApp } from '../testkit/app.ts'

const HOUR = 3_600_000
let program: TestApp
let owner: Client
beforeAll(async () => {
  program = await startApp({ settings: WITHOUT_ALERTING })
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})
// One evaluator leads in a database: none of the test before does.
const another = () =>
  owner.query('DELETE FROM alert_lease; DELETE FROM alert_rules; DELETE FROM alert_series')
beforeEach(() => another())

const rule: RuleInput = {
  name: 'CPU',
  dataset: 'metric_points',
  aggregate: 'LAST',
  filter: { label: { name: 'name', eq: 'cpu' } },
  operator: 'GT',
  threshold: 80,
  window: 'PT10S',
  delay: 'PT0S',
}
const permitOf = (tenant: TenantId) =>
  trustedPermit<'alertRule:write' | 'incident:write'>(tenant, operator) as never

type Incident = {
  id: string
  number: number
  status: string
  severity: string
  occurrences: number
  value: string | null
  timeline: string[]
}

/** A tenant with rules, whose metric is told tick by tick. */
const open = async (...rules: Partial<RuleInput>[]) => {
  const { tenant } = await program.seed.tenant()
  const made = []
  for (const [index, each] of (rules.length === 0 ? [{}] : rules).entries())
    made.push(
      await program.app.modules.alertRules.service.create(permitOf(tenant), {
        ...rule,
        name: `rule ${index}`,
        ...each,
      }),
    )
  let nowMs = Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR
  let evaluator = evaluatorOn(program)
  const point = (time: number, value: number, more: object = {}) =>
    storeFacts(program.databases.clickHouse, 'metric_points', tenant, [{ time, name: 'cpu', value, ...more }])
  const rows = async () =>
    (
      await owner.query<{ state: string; acts: unknown[]; since: Date; labels: object }>(
        'SELECT state, acts, since, labels FROM alert_series WHERE tenant_id = $1 ORDER BY labels::text',
        [tenant],
      )
    ).rows
  return {
    tenant,
    rules: made,
    point,
    rows,
    now: () => nowMs,
    /** One tick, before which the metric has that value; none for null. Answers the states that stand in rows. */
    tick: async (value: number | null, more: object = {}): Promise<string> => {
      nowMs += TICK
      if (value !== null) await point(nowMs - 1_000, value, more)
      await evaluator.tick(nowMs)
      return (await rows()).map(({ state }) => state).join(' ')
    },
    move: (ms: number) => void (nowMs += ms),
    /** Another program goes on. */
    replace: async (how: 'stops' | 'dies'): Promise<void> => {
      if (how === 'stops') await evaluator.stop()
      else await owner.query(`UPDATE alert_lease SET expires_at = now()`)
      evaluator = evaluatorOn(program)
    },
    use: (other: typeof evaluator) => void (evaluator = other),
    incidents: async (): Promise<Incident[]> =>
      (
        await owner.query<Incident>(
          `SELECT i.id, number, status, severity, occurrences, trim_scale(value)::text AS value,
                  (SELECT array_agg(concat_ws(' ', kind, before, after, note) ORDER BY version) FROM incident_events e WHERE e.incident_id = i.id) AS timeline
             FROM incidents i WHERE tenant_id = $1 ORDER BY number`,
          [tenant],
        )
      ).rows,
  }
}
const ticksOf = async (
  world: Awaited<ReturnType<typeof open>>,
  values: readonly (number | null)[],
): Promise<string[]> => {
  const states: string[] = []
  for (const value of values) states.push(await world.tick(value))
  return states
}

test('a restart in the middle of `for` keeps what has held, however the program ended', async () => {
  for (const how of ['stops', 'dies'] as const) {
    const world = await open({ for: 'PT30S' })
    expect(await ticksOf(world, [1, 95, 95, 95])).toEqual(['', 'PENDING', 'PENDING', 'PENDING'])
    await world.replace(how)
    expect(await ticksOf(world, [95, 95, 95, 95])).toEqual(['PENDING', 'PENDING', 'PENDING', 'FIRING'])
    await world.replace(how)
    expect(await ticksOf(world, [95, 1, 1])).toEqual(['FIRING', '', ''])
    expect(await world.incidents()).toMatchObject([{ status: 'RESOLVED' }])
    await another()
  }
})

test('of two evaluators one works, and what the other has counted is refused', async () => {
  const world = await open()
  const other = evaluatorOn(program)
  await world.tick(95)
  expect(await other.tick(world.now())).toEqual({ leads: false, questions: 0, changes: 0 })
  await owner.query('UPDATE alert_lease SET expires_at = now()')
  expect(await other.tick(world.now() + TICK)).toMatchObject({ leads: true })
  await world.point(world.now() + TICK + 1_000, 1)
  expect(await world.tick(null)).toBe('FIRING') // it leads no more, and changes nothing
  expect(await world.incidents()).toHaveLength(1)
})

test('who leads again after another has remembers nothing of before', async () => {
  const world = await open()
  const other = evaluatorOn(program)
  await ticksOf(world, [95, 95])
  await owner.query('UPDATE alert_lease SET expires_at = now()')
  world.move(TICK)
  await world.point(world.now() - 1_000, 1)
  expect(await other.tick(world.now())).toMatchObject({ leads: true, changes: 1 })
  await other.stop()
  expect(await ticksOf(world, [95, 95, 1])).toEqual(['FIRING', 'FIRING', ''])
  const [incident, ...more] = await world.incidents()
  expect([more, incident!.timeline.map((line) => line.split(' ').slice(0, 3).join(' '))]).toEqual([
    [],
    [
      'OPENED OPEN 95',
      'STATUS_CHANGED OPEN RESOLVED',
      'STATUS_CHANGED RESOLVED OPEN',
      'STATUS_CHANGED OPEN RESOLVED',
    ],
  ])
})

test('a clock that is set forth or back, and time that nobody saw, count for nothing', async () => {
  const world = await open({ for: 'PT20S' })
  expect(await ticksOf(world, [95, 95])).toEqual(['PENDING', 'PENDING'])
  world.move(HOUR)
  expect(await ticksOf(world, [95, 95, 95])).toEqual(['PENDING', 'PENDING', 'FIRING'])
  await another()
  const back = await open({ for: 'PT20S' })
  await ticksOf(back, [95, 95, 95])
  back.move(-HOUR)
  expect(await ticksOf(back, [95, 95, 95])).toEqual(['PENDING', 'PENDING', 'FIRING'])
})

test('where the clocks of people are changed nothing is another', async () => {
  const changes = offsetPeriods('Europe/Amsterdam', Date.now(), Date.now() + 366 * 24 * HOUR).slice(1)
  expect(changes).toHaveLength(2)
  const states = ['PENDING', 'PENDING', 'PENDING', 'PENDING', 'FIRING', '', '']
  for (const change of changes) {
    const world = await open({ for: 'PT20S' })
    world.move(change.fromMs - 3 * TICK - world.now())
    expect(await ticksOf(world, [95, 95, 95, 95, 95, 1, 1])).toEqual(states)
    await another()
  }
})

test('rows that come late count in the windows that wait for them; a breach that they could not undo waits for none', async () => {
  const world = await open(
    { name: 'waits', aggregate: 'AVG', delay: 'PT10S' },
    { name: 'at once', aggregate: 'COUNT', operator: 'GT', threshold: 2, delay: 'PT10S', window: 'PT10S' },
  )
  const at = world.now() + TICK
  await world.point(at - 1_000, 1)
  expect(await world.tick(null)).toBe('')
  await world.point(at - 2_000, 200) // 5 s late, and in time for a window that ends 10 s before the tick
  expect(await ticksOf(world, [null, null])).toEqual(['', 'FIRING'])
  for (const offset of [1_000, 2_000, 3_000]) await world.point(world.now() + TICK - offset, 0)
  expect(await world.tick(null)).toBe('FIRING FIRING')
})

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

test('people acknowledge, note and suppress it; who resolves what is not over sees it open again', async () => {
  const world = await open()
  await world.tick(95)
  const [{ id }] = (await world.incidents()) as [Incident]
  const { service } = program.app.modules.incidents
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
  const { service } = program.app.modules.alertRules
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

test('groups are apart, and one whose rows end is told by the policy of its rule', async () => {
  const world = await open(
    { name: 'ok', groupBy: ['host'] },
    { name: 'alert', groupBy: ['host'], noData: 'ALERT' },
    { name: 'silent', groupBy: ['host'], aggregate: 'ABSENCE', operator: null, threshold: null },
  )
  await world.tick(95, { host: 'a' })
  await world.tick(1, { host: 'b' })
  const states = async () =>
    (
      await owner.query<{ is: string }>(
        `SELECT concat_ws(' ', rule_name, labels->>'host', state) AS is FROM alert_series WHERE tenant_id = $1 ORDER BY 1`,
        [world.tenant],
      )
    ).rows.map(({ is }) => is)
  expect(await states()).toEqual([
    'alert a FIRING',
    'alert b OK',
    'ok a FIRING',
    'silent a OK',
    'silent b OK',
  ])
  await world.tick(null)
  expect(await states()).toEqual(['alert a NO_DATA', 'alert b OK', 'silent a FIRING', 'silent b OK'])
  await world.tick(null)
  expect(await states()).toEqual(['alert a NO_DATA', 'alert b NO_DATA', 'silent a FIRING', 'silent b FIRING'])
  await world.tick(1, { host: 'b' })
  expect(await states()).toEqual(['alert a NO_DATA', 'alert b OK', 'silent a FIRING', 'silent b OK'])
})

test('who dies between a state and its incident leaves what is to be done, and the next one does it once', async () => {
  const world = await open({ for: 'PT5S' })
  world.use(evaluatorOn(program, { act: () => Promise.reject(new Error('killed')) }))
  expect(await ticksOf(world, [95, 95, 95])).toEqual(['PENDING', 'FIRING', 'FIRING'])
  expect(await world.incidents()).toEqual([])
  expect((await world.rows()).map(({ acts }) => acts.length)).toEqual([1])
  await world.replace('dies')
  await world.tick(95)
  await world.replace('dies')
  await world.tick(95)
  expect(await world.incidents()).toMatchObject([{ status: 'OPEN', occurrences: 1 }])
  expect((await world.rows()).map(({ acts }) => acts)).toEqual([[]])
})

test('a rule that can not be evaluated is marked and harms no other, and is found among those that share its question', async () => {
  const names = ['a', 'b', 'bad', 'c', 'd', 'e', 'f']
  const world = await open(
    ...names.map((name) => ({
      name,
      filter: { label: { name: 'name', eq: name === 'bad' ? 'bad' : 'cpu' } },
    })),
  )
  const { clickHouse } = program.databases
  let failing = true
  const through: ClickHouse = {
    ...clickHouse,
    query: (named, options) =>
      failing && JSON.stringify(compileSql(named.sql).params).includes('bad')
        ? Promise.reject(new AppError('TIMED_OUT', 'too slow'))
        : clickHouse.query(named, options),
  }
  world.use(evaluatorOn(program, { clickHouse: through }))
  await ticksOf(world, [95, 95, 95, 95, 95])
  const errors = async () =>
    (
      await owner.query<{ name: string; error: string | null }>(
        'SELECT name, error FROM alert_rules WHERE tenant_id = $1 AND error IS NOT NULL',
        [world.tenant],
      )
    ).rows
  expect(await errors()).toEqual([{ name: 'bad', error: expect.stringContaining('shorter window') }])
  expect(await world.incidents()).toHaveLength(6)
  failing = false
  await ticksOf(
    world,
    Array.from({ length: 14 }, () => 95),
  )
  expect(await errors()).toEqual([])
})
