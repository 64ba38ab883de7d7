import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { TICK_MS as TICK } from '../../src/modules/alerting/evaluator.ts'
import { createEvaluatorStore } from '../../src/modules/alerting/evaluator.store.ts'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { compileSql } from '../../src/platform/clickhouse/sql.ts'
import { AppError } from '../../src/platform/errors.ts'
import { offsetPeriods } from '../../src/platform/time-zone.ts'
import { evaluatorOn } from '../testkit/alerting.ts'
import { until } from '../testkit/waiters.ts'
import { HOUR, permitOf, startTicks, ticksOf, type Ticks } from './alerting-ticks.testkit.ts'

let ticks: Ticks
const open = (...rules: Partial<RuleInput>[]) => ticks.open(...rules)
beforeAll(async () => void (ticks = await startTicks()))
afterAll(() => ticks.stop())
beforeEach(() => ticks.another())

test('a restart in the middle of `for` keeps what has held, however the ticks.program ended', async () => {
  for (const how of ['stops', 'dies'] as const) {
    const world = await open({ for: 'PT30S' })
    expect(await ticksOf(world, [1, 95, 95, 95])).toEqual(['', 'PENDING', 'PENDING', 'PENDING'])
    await world.replace(how)
    expect(await ticksOf(world, [95, 95, 95, 95])).toEqual(['PENDING', 'PENDING', 'PENDING', 'FIRING'])
    await world.replace(how)
    expect(await ticksOf(world, [95, 1, 1])).toEqual(['FIRING', '', ''])
    expect(await world.incidents()).toMatchObject([{ status: 'RESOLVED' }])
    await ticks.another()
  }
})

/** The tick of an evaluator that comes to lead: the one that leads may have renewed its lease just then. */
const takenBy = (other: ReturnType<typeof evaluatorOn>, nowMs: number) =>
  until(async () => {
    await ticks.owner.query('UPDATE alert_lease SET expires_at = now()')
    const ticked = await other.tick(nowMs)
    return ticked.leads && ticked
  })

test('of two evaluators one works, and what the other has counted is refused', async () => {
  const world = await open()
  const other = evaluatorOn(ticks.program)
  await world.tick(95)
  expect(await other.tick(world.now())).toEqual({ leads: false, questions: 0, changes: 0 })
  expect(await takenBy(other, world.now() + TICK)).toMatchObject({ leads: true })
  await world.point(world.now() + TICK + 1_000, 1)
  expect(await world.tick(null)).toBe('FIRING') // it leads no more, and changes nothing
  expect(await world.incidents()).toHaveLength(1)
})

test('who leads again after another has remembers nothing of before', async () => {
  const world = await open()
  const other = evaluatorOn(ticks.program)
  await ticksOf(world, [95, 95])
  world.move(TICK)
  await world.point(world.now() - 1_000, 1)
  expect(await takenBy(other, world.now())).toMatchObject({ leads: true, changes: 1 })
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
  await ticks.another()
  const back = await open({ for: 'PT20S' })
  await ticksOf(back, [95, 95, 95])
  back.move(-HOUR)
  expect(await ticksOf(back, [95, 95, 95])).toEqual(['PENDING', 'PENDING', 'FIRING'])
})

test('time that nobody saw counts for nothing after an edit or a restart either', async () => {
  const { service } = ticks.program.app.modules.alertRules
  for (const how of ['edit', 'restart'] as const) {
    const world = await open({ for: 'PT20S' })
    await ticksOf(world, [95, 95])
    world.move(HOUR)
    expect(await world.tick(95)).toBe('PENDING')
    if (how === 'restart') await world.replace('dies')
    else await service.update(permitOf(world.tenant), { id: world.rules[0]!.id, description: 'edited' })
    expect(await ticksOf(world, [95, 95])).toEqual(['PENDING', 'FIRING'])
    await ticks.another()
  }
})

test('where the window is shorter than rows are waited for one burst is one breach', async () => {
  const burst = { aggregate: 'COUNT', operator: 'GT', threshold: 0 } as const
  const world = await open({ ...burst, window: 'PT10S', delay: 'PT20S' }, { ...burst, delay: 'PT10S' })
  const point = world.now() + 4_000
  await world.point(point, 1)
  const fired = async () =>
    (await world.incidents()).map(({ timeline }) => timeline.map((line) => line.split(' ')[0]))
  await ticksOf(
    world,
    Array.from({ length: 10 }, () => null),
  )
  expect(await fired()).toEqual([
    ['OPENED', 'STATUS_CHANGED'],
    ['OPENED', 'STATUS_CHANGED'],
  ])
})

test('where the clocks of people are changed nothing is another', async () => {
  const changes = offsetPeriods('Europe/Amsterdam', Date.now(), Date.now() + 366 * 24 * HOUR).slice(1)
  expect(changes).toHaveLength(2)
  const states = ['PENDING', 'PENDING', 'PENDING', 'PENDING', 'FIRING', '', '']
  for (const change of changes) {
    const world = await open({ for: 'PT20S' })
    world.move(change.fromMs - 3 * TICK - world.now())
    expect(await ticksOf(world, [95, 95, 95, 95, 95, 1, 1])).toEqual(states)
    await ticks.another()
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

test('running totals rise apart, of tenants that send the same series and of kinds within one', async () => {
  const rate = {
    aggregate: 'RATE',
    filter: { label: { name: 'name', eq: 'requests' } },
    threshold: 1,
  } as const
  const worlds = [await open({ ...rate, window: 'PT30S' }), await open({ ...rate, window: 'PT30S' })]
  const [large, small] = worlds as [(typeof worlds)[0], (typeof worlds)[0]]
  const series = { name: 'requests', service: 'api', host: 'web-1' }
  for (const second of [1, 2, 3, 4]) {
    const at = small.now() + second * 1_000
    await large.point(at, 1_000_000 + second, { ...series, kind: 'COUNTER' })
    await small.point(at + 300, 100 + second, { ...series, kind: 'COUNTER' })
    await small.point(at + 600, 5, { ...series, kind: 'GAUGE' })
  }
  expect([await small.tick(null), (await large.rows()).length]).toEqual(['', 0])
  await small.point(small.now() + 1_000, 200, { ...series, kind: 'COUNTER' })
  expect([await small.tick(null), (await large.rows()).length]).toEqual(['FIRING', 0])
  expect((await small.incidents()).map(({ value }) => Number(value))).toEqual([99 / 30])
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
      await ticks.owner.query<{ is: string }>(
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

test('a label that Postgres can not keep stops no tick, and is the same series after a restart', async () => {
  const world = await open({ groupBy: ['host'] })
  await world.tick(95, { host: 'a\0b' })
  await world.replace('stops')
  await world.tick(95, { host: 'a\0b' })
  expect((await world.rows()).map(({ labels, state }) => [labels, state])).toEqual([
    [{ host: 'a\uFFFDb' }, 'FIRING'],
  ])
  expect(await world.incidents()).toMatchObject([{ status: 'OPEN', occurrences: 1 }])
})

test('who dies between a state and its incident leaves what is to be done, and the next one does it once', async () => {
  const world = await open({ for: 'PT5S' })
  world.use(evaluatorOn(ticks.program, { act: () => Promise.reject(new Error('killed')) }))
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

test('a rule that is deleted while it fires or is faulty is closed once, and nothing is written of it any more', async () => {
  const world = await open({ name: 'fires' }, { name: 'bad', filter: { label: { name: 'name', eq: 'bad' } } })
  const { clickHouse } = ticks.program.databases
  const failing: ClickHouse = {
    ...clickHouse,
    query: (named, options) =>
      JSON.stringify(compileSql(named.sql).params).includes('bad')
        ? Promise.reject(new AppError('TIMED_OUT', 'too slow'))
        : clickHouse.query(named, options),
  }
  const evaluator = evaluatorOn(ticks.program, { clickHouse: failing })
  world.use(evaluator)
  await ticksOf(world, [95, 95, 95])
  expect((await world.incidents()).map(({ status }) => status)).toEqual(['OPEN', 'OPEN'])
  for (const { id } of world.rules)
    await ticks.program.app.modules.alertRules.service.remove(permitOf(world.tenant), id)
  const told = async () =>
    (await ticks.owner.query('SELECT 1 FROM alert_series WHERE tenant_id = $1', [world.tenant])).rowCount
  await ticksOf(world, [95])
  const closed = await world.incidents()
  expect(closed.map(({ status }) => status)).toEqual(['RESOLVED', 'RESOLVED'])
  expect(await told()).toBe(0)
  for (const after of [TICK, 2 * TICK])
    expect(await evaluator.tick(world.now() + after)).toMatchObject({ leads: true, changes: 0 })
  expect(await world.incidents()).toEqual(closed)
})

test('a lease is renewed by who has it, and never taken: who leads again is told that another did', async () => {
  const store = createEvaluatorStore({ postgres: ticks.program.app.postgres })
  const [one, other] = [randomUUID(), randomUUID()]
  const ends = () => ticks.owner.query(`UPDATE alert_lease SET expires_at = now() - interval '1 s'`)
  const left = async () =>
    (await ticks.owner.query<{ is: boolean }>('SELECT expires_at > now() AS is FROM alert_lease')).rows[0]!.is
  expect(await store.lead(one)).toMatchObject({ leads: true })
  await store.renew(one)
  expect(await left()).toBe(true)
  await ends()
  expect(await store.lead(other)).toMatchObject({ leads: true })
  await ends()
  await store.renew(one)
  expect(await left()).toBe(false)
  expect(await store.lead(one)).toMatchObject({ leads: true, kept: false })
})
