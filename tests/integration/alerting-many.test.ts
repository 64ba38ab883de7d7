import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from 'pg'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { checkedRule } from '../../src/modules/alerting/alert-rule.checks.ts'
import { createDryRun } from '../../src/modules/alerting/dry-run.ts'
import { createDryRunQueries, draftOf } from '../../src/modules/alerting/dry-run.queries.ts'
import { TICK_MS as TICK } from '../../src/modules/alerting/evaluator.ts'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { ruleOf } from '../../src/modules/alerting/rule-of.ts'
import { createSlotQueries } from '../../src/modules/alerting/slots.queries.ts'
import { createEvaluatorStore } from '../../src/modules/alerting/evaluator.store.ts'
import { measures } from '../../src/modules/measures.ts'
import { storeUnavailable } from '../../src/platform/errors.ts'
import type { Postgres } from '../../src/platform/postgres/postgres.ts'
import { evaluatorOn, storeFacts, WITHOUT_ALERTING } from '../testkit/alerting.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { eventually } from '../testkit/waiters.ts'

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
const START = Math.floor(Date.now() / 60_000) * 60_000 - 2 * 3_600_000

test('three evaluators at once make one incident of one breach, whoever leads and dies', async () => {
  const { tenant } = await program.seed.tenant()
  await program.app.modules.alertRules.service.create(trustedPermit(tenant, operator), {
    name: 'Errors',
    dataset: 'log_events',
    aggregate: 'COUNT',
    operator: 'GT',
    threshold: 0,
    window: 'PT1M',
  })
  const lines = Array.from({ length: 60 }, (_, n) => ({
    time: START + n * 5_000,
    message: 'm',
    level: 'ERROR',
  }))
  await storeFacts(program.databases.clickHouse, 'log_events', tenant, lines)
  const evaluators = Array.from({ length: 3 }, () => evaluatorOn(program))
  const leaders = new Set<number>()
  for (let tick = 1; tick <= 80; tick += 1) {
    // The lease of whoever leads ends now and then in the middle of what it does, as if it were dead.
    const ends = tick % 7 === 0 ? owner.query('UPDATE alert_lease SET expires_at = now()') : undefined
    const done = await Promise.all(evaluators.map(({ tick: at }) => at(START + tick * TICK)))
    await ends
    for (const [index, { leads }] of done.entries()) if (leads) leaders.add(index)
  }
  expect(leaders.size).toBeGreaterThan(1)
  const { rows } = await owner.query<{ status: string; kinds: string[] }>(
    `SELECT status, (SELECT array_agg(kind::text ORDER BY version) FROM incident_events e WHERE e.incident_id = i.id) AS kinds
       FROM incidents i WHERE tenant_id = $1`,
    [tenant],
  )
  expect(rows).toEqual([{ status: 'RESOLVED', kinds: ['OPENED', 'STATUS_CHANGED'] }])
})

test('a dry run finds the episodes that live ticks over the same rows made', async () => {
  const { tenant } = await program.seed.tenant()
  const permit = trustedPermit<'alertRule:write'>(tenant, operator)
  await owner.query('DELETE FROM alert_lease; DELETE FROM alert_rules')
  const rule: RuleInput = {
    name: 'Latency',
    dataset: 'metric_points',
    aggregate: 'P95',
    groupBy: ['host'],
    operator: 'GT',
    threshold: 60,
    criticalThreshold: 90,
    recoveryThreshold: 40,
    window: 'PT30S',
    for: 'PT10S',
    keepFiringFor: 'PT15S',
    reopenWithin: 'PT0S',
    noData: 'ALERT',
  }
  const { id } = await program.app.modules.alertRules.service.create(permit, rule)
  // A wave of its own for each host, with a hole in it.
  const points = Array.from({ length: 900 }, (_, n) => {
    const [second, host] = [Math.floor(n / 3) * 2, n % 3]
    const hole = second % 200 > 150 && host === 1
    const value = 50 + 48 * Math.sin(second / (20 + 13 * host)) + ((n * 7919) % 10)
    return hole ? [] : [{ time: START + second * 1_000, name: 'latency', host: `h${host}`, value }]
  }).flat()
  await storeFacts(program.databases.clickHouse, 'metric_points', tenant, points)
  const [from, to] = [START + TICK, START + 660_000]
  await evaluatorOn(program).ticks(from, to)
  const { rows } = await owner.query<{ host: string; from: Date; to: Date | null; severity: string }>(
    `SELECT labels->>'host' AS host, first_seen_at AS from, resolved_at AS to FROM incidents
      WHERE tenant_id = $1 ORDER BY first_seen_at, 1`,
    [tenant],
  )
  const { reads } = program.app.modules.alertRules
  const queries = createDryRunQueries({
    clickHouse: program.databases.clickHouse,
    clock: { now: () => Date.now() },
    measures,
    reads,
  })
  const window = { from: new Date(from), to: new Date(to) }
  const { episodes, ticks } = await queries.dryRun(tenant, { id }, window, {})
  expect(ticks).toBe((to - from) / TICK + 1)
  expect(rows.length).toBeGreaterThan(8)
  const dry = episodes
    .map(({ labels, startedAt, endedAt }) => ({ host: labels['host'], from: startedAt, to: endedAt }))
    .toSorted((a, b) => a.from.getTime() - b.from.getTime() || (a.host! < b.host! ? -1 : 1))
  expect(dry).toEqual(rows)
})

const twenty = { operator: 'GT', delay: 'PT0S' } as const
/** A dry run of a rule over twenty facts, one a tick, within bounds. */
const dryRunOf = async (
  definition: Pick<RuleInput, 'name' | 'dataset' | 'aggregate' | 'threshold' | 'window'>,
  factOf: (n: number) => object,
) => {
  const { tenant } = await program.seed.tenant()
  const { clickHouse } = program.databases
  const facts = Array.from({ length: 20 }, (_, n) => ({ time: START + n * TICK, ...factOf(n) }))
  await storeFacts(clickHouse, definition.dataset, tenant, facts)
  const rule = ruleOf(tenant, draftOf(checkedRule({ ...twenty, ...definition }, measures)))
  const range = { from: new Date(START), to: new Date(START + 30 * TICK) }
  return ({ mostBins, ...most }: { mostAdded?: number; mostBins?: number }) => {
    const clock = { now: () => Date.now() }
    const slots = createSlotQueries({ clickHouse, clock, ...(mostBins !== undefined && { mostBins }) })
    return createDryRun({ slots, measures, ...most })(rule, range)
  }
}

test('a dry run whose windows have too many rows together is refused with what to do', async () => {
  const run = await dryRunOf(
    { name: 'Lines', dataset: 'log_events', aggregate: 'COUNT', threshold: 0, window: 'PT5S' },
    () => ({ message: 'm', level: 'INFO' }),
  )
  const ended = { endedAt: new Date(START + 21 * TICK) }
  expect(await run({ mostAdded: 20 })).toMatchObject({ ticks: 31, episodes: [ended] })
  await expect(run({ mostAdded: 19 })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('larger `every`'),
  })
})

test('a dry run of percentiles of too many values is refused with what to do', async () => {
  const run = await dryRunOf(
    { name: 'Values', dataset: 'metric_points', aggregate: 'P95', threshold: 1e9, window: 'PT10S' },
    (n) => ({ name: 'values', value: 2 ** n }),
  )
  expect(await run({ mostBins: 20 })).toMatchObject({ ticks: 31, series: 1 })
  await expect(run({ mostBins: 19 })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('a filter that finds fewer rows'),
  })
})

/** Two tenants with a rule each, of whom both are in breach, and an evaluator that comes to lead. */
const twoInBreach = async () => {
  await owner.query('DELETE FROM alert_lease; DELETE FROM alert_rules; DELETE FROM alert_series')
  const tenants = []
  for (const _ of [1, 2]) {
    const { tenant } = await program.seed.tenant()
    await program.app.modules.alertRules.service.create(trustedPermit(tenant, operator), {
      name: 'Errors',
      dataset: 'log_events',
      aggregate: 'COUNT',
      operator: 'GT',
      threshold: 0,
      window: 'PT1M',
    })
    const line = { time: START - 1_000, message: 'm', level: 'ERROR' }
    await storeFacts(program.databases.clickHouse, 'log_events', tenant, [line])
    tenants.push(tenant)
  }
  const [bad, good] = tenants as [(typeof tenants)[0], (typeof tenants)[0]]
  const incidents = async (tenant: string) =>
    (
      await owner.query('SELECT status, occurrences FROM incidents WHERE tenant_id = $1 ORDER BY number', [
        tenant,
      ])
    ).rows
  return { bad, good, incidents, evaluator: evaluatorOn(program) }
}
const opened = [{ status: 'OPEN', occurrences: 1 }]

test('a tenant whose states can not be written holds up no other, and is told once they can', async () => {
  const { bad, good, incidents, evaluator } = await twoInBreach()
  await owner.query(`ALTER TABLE alert_series ADD CONSTRAINT refused CHECK (tenant_id <> '${bad}') NOT VALID`)
  try {
    for (const at of [0, 1, 2]) expect(await evaluator.tick(START + at * TICK)).toMatchObject({ leads: true })
    expect(await incidents(good)).toEqual(opened)
    expect(await incidents(bad)).toEqual([])
  } finally {
    await owner.query('ALTER TABLE alert_series DROP CONSTRAINT refused')
  }
  for (const at of [3, 4]) await evaluator.tick(START + at * TICK)
  expect([await incidents(good), await incidents(bad)]).toEqual([opened, opened])
})

test('while the states of a tenant wait to be written, those of others are told', async () => {
  const { bad, good, incidents, evaluator } = await twoInBreach()
  const other = new Client({ connectionString: program.databases.ownerUrl })
  await other.connect()
  await other.query('BEGIN')
  await other.query('SELECT 1 FROM tenants WHERE id = $1 FOR UPDATE', [bad]) // its rows refer to it
  const ticked = evaluator.tick(START)
  try {
    await eventually(async () => expect(await incidents(good)).toEqual(opened))
    expect(await incidents(bad)).toEqual([])
    // Its own evaluator may renew the lease. Another has to wait, also where that has ended.
    await owner.query('UPDATE alert_lease SET expires_at = now()')
    let isTaken = false
    const taken = createEvaluatorStore(program.app)
      .lead(randomUUID())
      .then(({ leads }) => (isTaken = leads))
    await eventually(async () => {
      const { rows } = await owner.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'
         AND datname = current_database() AND query LIKE '%ended AS (%'`)
      expect(rows).toHaveLength(1)
    })
    expect(isTaken).toBe(false)
    await other.end() // which rolls back
    await taken
    expect(isTaken).toBe(true)
  } finally {
    await other.end()
  }
  await ticked
  expect([await incidents(good), await incidents(bad)]).toEqual([opened, opened])
})

test('a burst of incidents ends no tick late: who waits has a turn of each, and what a tick leaves the next goes on with', async () => {
  const { bad, good, incidents } = await twoInBreach()
  const SERIES = 250
  await program.app.modules.alertRules.service.create(trustedPermit(bad, operator), {
    name: 'Hosts',
    dataset: 'log_events',
    aggregate: 'COUNT',
    groupBy: ['host'],
    operator: 'GT',
    threshold: 1,
    window: 'PT1M',
  })
  const lines = Array.from({ length: 2 * SERIES }, (_, n) => ({
    time: START - 1_000,
    message: 'm',
    level: 'INFO',
    host: `h${n % SERIES}`,
  }))
  await storeFacts(program.databases.clickHouse, 'log_events', bad, lines)
  const owed = async () =>
    (await owner.query(`SELECT 1 FROM alert_series WHERE tenant_id = $1 AND acts <> '[]'`, [bad])).rowCount
  const evaluator = evaluatorOn(program, { settleMs: 0 })
  const left = []
  for (const at of [0, 1]) {
    expect(await evaluator.tick(START + at * TICK)).toMatchObject({ leads: true })
    left.push(await owed())
    if (at === 1) expect(await incidents(good)).toEqual(opened)
  }
  expect(left[1]).toBeGreaterThan(0)
  expect(left[0]).toBeGreaterThan(left[1]!)
  // Who leads next finds what is left, and does each once.
  await evaluator.stop()
  const next = evaluatorOn(program)
  await next.tick(START + 2 * TICK)
  expect(await owed()).toBe(0)
  expect(await incidents(bad)).toEqual(Array.from({ length: SERIES + 1 }, () => opened[0]))
  await next.stop()
})

/** Rules of a new tenant that are breached by what it has, each for so long; who takes the lease begins anew. */
const heldRules = async (helds: readonly string[]) => {
  const { tenant } = await program.seed.tenant()
  const permit = trustedPermit<'alertRule:write'>(tenant, operator)
  for (const held of helds)
    await program.app.modules.alertRules.service.create(permit, {
      name: held,
      dataset: 'log_events',
      aggregate: 'COUNT',
      operator: 'GT',
      threshold: 0,
      window: 'P1D',
      for: held,
    })
  const line = { time: START - 60_000, message: 'm', level: 'ERROR' }
  await storeFacts(program.databases.clickHouse, 'log_events', tenant, [line])
  return {
    states: async () => {
      const { rows } = await owner.query<{ state: string }>(
        'SELECT state FROM alert_series WHERE tenant_id = $1 ORDER BY length(rule_name)',
        [tenant],
      )
      return rows.map(({ state }) => state)
    },
    take: async (options?: Parameters<typeof evaluatorOn>[1]) => {
      await owner.query('UPDATE alert_lease SET expires_at = now(), evaluated_to = NULL')
      return evaluatorOn(program, options)
    },
  }
}

test.each(['goes on', 'dies'])(
  'time that nobody saw is taken out once, though who was writing the first tick after it %s',
  async (how) => {
    const at = START + 3_600_000
    // So that the tick after the gap has something to write, and the others something to wait for.
    const { take, states } = await heldRules(['PT5S', 'PT15S'])
    let evaluator = await take()
    await evaluator.tick(START)
    expect(await states()).toEqual(['PENDING', 'PENDING'])
    await owner.query(
      `ALTER TABLE alert_lease ADD CONSTRAINT refused CHECK (evaluated_to <> '${new Date(at).toISOString()}')`,
    )
    try {
      await expect(evaluator.tick(at)).rejects.toThrow('refused')
    } finally {
      await owner.query('ALTER TABLE alert_lease DROP CONSTRAINT refused')
    }
    expect(await states()).toEqual(['FIRING', 'PENDING'])
    if (how === 'dies') {
      await owner.query('UPDATE alert_lease SET expires_at = now()')
      evaluator = evaluatorOn(program)
    }
    await evaluator.tick(at + TICK)
    expect(await states()).toEqual(['FIRING', 'PENDING'])
    await evaluator.tick(at + 2 * TICK)
    expect(await states()).toEqual(['FIRING', 'FIRING'])
    await evaluator.stop()
  },
)

test('time that nobody saw is taken out once, though nobody heard that it was', async () => {
  const at = START + 3_600_000
  const world = await heldRules(['PT5S', 'PT15S'])
  const { postgres } = program.app
  let isLost = true
  const query: Postgres['query'] = async (...given) => {
    const rows = await postgres.query(...given)
    if (given[1].name !== 'alerting_shift' || !isLost) return rows as never
    isLost = false
    throw storeUnavailable('Postgres', new Error('the connection was lost before the answer'))
  }
  const evaluator = await world.take({ postgres: { ...postgres, query } })
  await evaluator.tick(START)
  await expect(evaluator.tick(at)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect([isLost, await world.states()]).toEqual([false, ['PENDING', 'PENDING']])
  await evaluator.tick(at + TICK)
  expect(await world.states()).toEqual(['FIRING', 'PENDING'])
  await evaluator.tick(at + 2 * TICK)
  expect(await world.states()).toEqual(['FIRING', 'FIRING'])
  await evaluator.stop()
})
