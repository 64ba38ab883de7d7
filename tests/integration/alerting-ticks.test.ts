import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { TICK_MS as TICK } from '../../src/modules/alerting/evaluator.ts'
import { createEvaluatorStore } from '../../src/modules/alerting/evaluator.store.ts'
import { MAX_SERIES } from '../../src/modules/alerting/watched-series.ts'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { compileSql } from '../../src/platform/clickhouse/sql.ts'
import { AppError } from '../../src/platform/errors.ts'
import { offsetPeriods } from '../../src/platform/time-zone.ts'
import { evaluatorOn, storeFacts } from '../testkit/alerting.ts'
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

test('of a tenant that is off nothing is evaluated, nothing ends, and when it is on again what waits for time begins anew', async () => {
  const silent = { aggregate: 'COUNT', operator: 'LT', threshold: 1, for: 'PT20S' } as const
  const world = await open({}, { ...silent, filter: { label: { name: 'name', eq: 'other' } } })
  const { setActive } = ticks.program.app.modules.tenants.service
  const both = async (values: readonly (number | null)[]) =>
    (await ticksOf(world, values)).map((states) => states.split(' ').toSorted().join(' '))
  expect(await both([95, 95])).toEqual(['FIRING PENDING', 'FIRING PENDING'])
  await setActive(permitOf(world.tenant), false)
  const left = [await world.rows(), await world.incidents()]
  await ticksOf(world, [null, null, null, null])
  await world.replace('dies')
  await ticksOf(world, [null, null, null, null])
  expect([await world.rows(), await world.incidents()]).toEqual(left)
  expect(left[1]).toMatchObject([{ title: 'rule 0', status: 'OPEN' }])

  await setActive(permitOf(world.tenant), true)
  // The time of the test is another than that of the clock.
  await ticks.owner.query('UPDATE tenants SET active_since = $2 WHERE id = $1', [
    world.tenant,
    new Date(world.now()),
  ])
  expect(await both([95, 95, 95, 95])).toEqual([
    'FIRING PENDING',
    'FIRING PENDING',
    'FIRING PENDING',
    'FIRING FIRING',
  ])
  expect((await world.incidents()).map(({ status }) => status)).toEqual(['OPEN', 'OPEN'])
})

test('of a tenant that is off no incident is opened for what it is owed, and when it is on again it is', async () => {
  const world = await open()
  const { setActive } = ticks.program.app.modules.tenants.service
  const other = new Client({ connectionString: ticks.program.databases.ownerUrl })
  await other.connect()
  try {
    await other.query('BEGIN')
    await other.query('SELECT 1 FROM alert_rules WHERE tenant_id = $1 FOR UPDATE', [world.tenant]) // of which it writes
    const startedMs = performance.now()
    expect(await world.tick(95)).toBe('FIRING')
    expect(performance.now() - startedMs).toBeLessThan(TICK) // what is held makes no tick late
  } finally {
    await other.end() // which rolls back
  }
  expect((await world.rows()).map(({ acts }) => acts.length)).toEqual([1])
  await setActive(permitOf(world.tenant), false)
  await world.tick(null)
  await world.replace('dies')
  await ticksOf(world, [null, null])
  expect(await world.incidents()).toEqual([])
  // While it was off its rules went: it is told that what was begun is over.
  await ticks.owner.query('DELETE FROM alert_rules WHERE tenant_id = $1', [world.tenant])
  await setActive(permitOf(world.tenant), true)
  await ticksOf(world, [null, null])
  expect(await world.incidents()).toMatchObject([{ status: 'RESOLVED', occurrences: 1 }])
  expect(await world.rows()).toEqual([])
})

test('a series that was silent is not forgotten for time that nobody saw: its tenant was off, or the program was away', async () => {
  for (const how of ['off', 'dies', 'suspended'] as const) {
    const world = await open({ groupBy: ['host'], aggregate: 'ABSENCE', operator: null, threshold: null })
    await world.tick(1, { host: 'a' })
    expect(await ticksOf(world, [null, null])).toEqual(['OK', 'FIRING'])
    const { setActive } = ticks.program.app.modules.tenants.service
    if (how === 'off') {
      await setActive(permitOf(world.tenant), false)
      await world.tick(null)
      // Three days, of which the program looked at those of others.
      await ticks.owner.query(
        `UPDATE alert_series SET seen_at = seen_at - interval '3 days' WHERE tenant_id = $1`,
        [world.tenant],
      )
      await setActive(permitOf(world.tenant), true)
      await ticks.owner.query('UPDATE tenants SET active_since = $2 WHERE id = $1', [
        world.tenant,
        new Date(world.now()),
      ])
    } else world.move(72 * HOUR)
    if (how === 'dies') await world.replace('dies')
    expect(await ticksOf(world, [null, null])).toEqual(['FIRING', 'FIRING'])
    expect((await world.incidents()).map(({ status }) => status)).toEqual(['OPEN'])
    await ticks.another()
  }
})

test('a tenant that was switched on shortly before time that nobody saw has seen what it has, and no more', async () => {
  for (const how of ['before', 'meanwhile'] as const) {
    const world = await open({ for: 'PT20S' })
    await world.tick(95)
    world.move(HOUR)
    const { setActive } = ticks.program.app.modules.tenants.service
    await setActive(permitOf(world.tenant), false)
    await world.tick(null)
    const on = (atMs: number) =>
      ticks.owner.query('UPDATE tenants SET is_active = true, active_since = $2 WHERE id = $1', [
        world.tenant,
        new Date(atMs),
      ])
    if (how === 'before') {
      await on(world.now())
      await world.tick(95)
    }
    world.move(HOUR)
    if (how === 'meanwhile') await on(world.now() - HOUR / 2)
    await world.replace('dies')
    expect(await ticksOf(world, [95, 95, 95])).toEqual(['PENDING', 'PENDING', 'PENDING'])
    expect(await ticksOf(world, [95, 95])).toContain('FIRING')
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

test('a rule that can not be evaluated is marked and harms no other, and is found among those that share its question', async () => {
  const names = ['a', 'b', 'bad', 'c', 'd', 'e', 'f']
  const world = await open(
    ...names.map((name) => ({
      name,
      filter: { label: { name: 'name', eq: name === 'bad' ? 'bad' : 'cpu' } },
    })),
  )
  const { clickHouse } = ticks.program.databases
  let failing = true
  const through: ClickHouse = {
    ...clickHouse,
    query: (named, options) =>
      failing && JSON.stringify(compileSql(named.sql).params).includes('bad')
        ? Promise.reject(new AppError('TIMED_OUT', 'too slow'))
        : clickHouse.query(named, options),
  }
  world.use(evaluatorOn(ticks.program, { clickHouse: through }))
  await ticksOf(world, [95, 95, 95, 95, 95])
  const errors = async () =>
    (
      await ticks.owner.query<{ name: string; error: string | null }>(
        'SELECT name, error FROM alert_rules WHERE tenant_id = $1 AND error IS NOT NULL',
        [world.tenant],
      )
    ).rows
  expect(await errors()).toEqual([{ name: 'bad', error: expect.stringContaining('shorter window') }])
  const faults = async () =>
    (await world.incidents()).filter(({ title }) => title === "Alert rule can't be evaluated: bad")
  expect(await world.incidents()).toHaveLength(7)
  expect(await faults()).toMatchObject([{ status: 'OPEN', occurrences: 1 }])
  // Somebody changes it: it may be right now, and is told anew when it is not.
  const { service } = ticks.program.app.modules.alertRules
  const { id } = world.rules.find(({ name }) => name === 'bad')!
  await service.update(permitOf(world.tenant), { id, description: 'tried' })
  await ticksOf(
    world,
    Array.from({ length: 13 }, () => 95),
  )
  expect(await errors()).toHaveLength(1)
  expect(await faults()).toMatchObject([{ status: 'OPEN', occurrences: 2 }])
  failing = false
  await ticksOf(
    world,
    Array.from({ length: 14 }, () => 95),
  )
  expect(await errors()).toEqual([])
  expect(await faults()).toMatchObject([{ status: 'RESOLVED' }])
})

test('rules that were asked apart while a store was slow are marked with nothing, and share a question again but for one that fails', async () => {
  const names = ['a', 'b', 'bad', 'c', 'd', 'e', 'f', 'g']
  const world = await open(
    ...names.map((name) => ({
      name,
      filter: { label: { name: 'name', eq: name === 'bad' ? 'bad' : 'cpu' } },
    })),
  )
  const { clickHouse } = ticks.program.databases
  /** Questions of what has this in it fail; none for null. */
  let failing: string | null = ''
  const through: ClickHouse = {
    ...clickHouse,
    query: (named, options) =>
      failing !== null && JSON.stringify(compileSql(named.sql).params).includes(failing)
        ? Promise.reject(new AppError('TIMED_OUT', 'too slow'))
        : clickHouse.query(named, options),
  }
  const { tick } = evaluatorOn(ticks.program, { clickHouse: through })
  /** How many questions were asked by ticks that are so far from one another. */
  const asked = async (count: number, everyMs: number): Promise<number[]> => {
    const questions: number[] = []
    for (let n = 0; n < count; n += 1) {
      world.move(everyMs)
      questions.push((await tick(world.now())).questions)
    }
    return questions
  }
  expect(await asked(4, TICK)).toEqual([1, 2, 4, 8])
  failing = 'bad'
  expect(await asked(1, TICK)).toEqual([8])
  expect((await world.incidents()).map(({ title }) => title)).toEqual(["Alert rule can't be evaluated: bad"])
  await asked(13, 50_000)
  // The one that fails is tried once a minute: at every other of these.
  expect((await asked(2, 50_000)).toSorted((a, b) => a - b)).toEqual([1, 2])
  failing = null
  await asked(14, 50_000)
  expect(await asked(2, 50_000)).toEqual([1, 1])
  expect((await world.incidents()).map(({ status }) => status)).toEqual(['RESOLVED'])
  // One that fails again when they share it is shared again after twice as long.
  failing = ''
  expect(await asked(4, TICK)).toEqual([1, 2, 4, 8])
  failing = null
  expect((await asked(20, 50_000)).at(-1)).toBe(8)
  expect((await asked(6, 50_000)).at(-1)).toBe(1)
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

test('a rule of which too many series are in breach is marked with what to do, and what it has goes on', async () => {
  const world = await open({ groupBy: ['host'], for: 'P1D' })
  const points = (count: number) =>
    storeFacts(
      ticks.program.databases.clickHouse,
      'metric_points',
      world.tenant,
      Array.from({ length: count }, (_, n) => ({
        time: world.now() + TICK - 1_000,
        name: 'cpu',
        value: 95,
        host: `h${n}`,
      })),
    )
  const rule = () => ticks.program.app.modules.alertRules.reads.find(world.tenant, { id: world.rules[0]!.id })
  const breached = async () => (await world.rows()).filter(({ labels }) => 'host' in labels).length
  await points(MAX_SERIES)
  await world.tick(null)
  expect([await breached(), (await rule())!.error]).toEqual([MAX_SERIES, null])
  await points(MAX_SERIES + 1)
  await world.tick(null)
  expect([await breached(), (await rule())!.error]).toEqual([
    MAX_SERIES,
    expect.stringContaining('Group by fewer labels'),
  ])
  const others = async () => (await world.incidents()).filter(({ severity }) => severity === 'HIGH')
  expect(await others()).toMatchObject([{ title: `Alert rule can't be evaluated: rule 0`, status: 'OPEN' }])
  await ticksOf(
    world,
    Array.from({ length: 15 }, () => null),
  )
  expect([await breached(), (await rule())!.error]).toEqual([0, null])
  expect(await others()).toMatchObject([{ status: 'RESOLVED' }])
})
