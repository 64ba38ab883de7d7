import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { TICK_MS as TICK } from '../../src/modules/alerting/evaluator.ts'
import { MAX_SERIES } from '../../src/modules/alerting/watched-series.ts'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { compileSql } from '../../src/platform/clickhouse/sql.ts'
import { AppError } from '../../src/platform/errors.ts'
import { evaluatorOn, storeFacts } from '../testkit/alerting.ts'
import { permitOf, startTicks, ticksOf, type Ticks } from './alerting-ticks.testkit.ts'

let ticks: Ticks
const open = (...rules: Partial<RuleInput>[]) => ticks.open(...rules)
beforeAll(async () => void (ticks = await startTicks()))
afterAll(() => ticks.stop())
beforeEach(() => ticks.another())

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
