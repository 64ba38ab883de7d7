import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { TICK_MS as TICK } from '../../src/modules/alerting/evaluator.ts'
import { HOUR, permitOf, startTicks, ticksOf, type Ticks } from './alerting-ticks.testkit.ts'

let ticks: Ticks
const open = (...rules: Partial<RuleInput>[]) => ticks.open(...rules)
beforeAll(async () => void (ticks = await startTicks()))
afterAll(() => ticks.stop())
beforeEach(() => ticks.another())

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
