import { Client } from 'pg'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { TICK_MS as TICK } from '../../src/modules/alerting/evaluator.ts'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import { evaluatorOn, storeFacts, WITHOUT_ALERTING } from '../testkit/alerting.ts'
import { startApp } from '../testkit/app.ts'

export const HOUR = 3_600_000

export const rule: RuleInput = {
  name: 'CPU',
  dataset: 'metric_points',
  aggregate: 'LAST',
  filter: { label: { name: 'name', eq: 'cpu' } },
  operator: 'GT',
  threshold: 80,
  window: 'PT10S',
  delay: 'PT0S',
}
export const permitOf = (tenant: TenantId) =>
  trustedPermit<'alertRule:write' | 'incident:write'>(tenant, operator) as never

export type Incident = {
  id: string
  number: number
  title: string
  status: string
  severity: string
  occurrences: number
  value: string | null
  timeline: string[]
}

/** A program without alerting of its own, for tests that tick by themselves. */
export const startTicks = async () => {
  const program = await startApp({ settings: WITHOUT_ALERTING })
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  // One evaluator leads in a database: none of the test before does.
  const another = () =>
    owner.query('DELETE FROM alert_lease; DELETE FROM alert_rules; DELETE FROM alert_series')

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
      storeFacts(program.databases.clickHouse, 'metric_points', tenant, [
        { time, name: 'cpu', value, ...more },
      ])
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
            `SELECT i.id, number, title, status, severity, occurrences, trim_scale(value)::text AS value,
                  (SELECT array_agg(concat_ws(' ', kind, before, after, note) ORDER BY version) FROM incident_events e WHERE e.incident_id = i.id) AS timeline
             FROM incidents i WHERE tenant_id = $1 ORDER BY number`,
            [tenant],
          )
        ).rows,
    }
  }

  const stop = async (): Promise<void> => {
    await owner.end()
    await program.stop()
  }
  return { program, owner, another, open, stop }
}
export type Ticks = Awaited<ReturnType<typeof startTicks>>

export const ticksOf = async (
  world: Awaited<ReturnType<Ticks['open']>>,
  values: readonly (number | null)[],
): Promise<string[]> => {
  const states: string[] = []
  for (const value of values) states.push(await world.tick(value))
  return states
}
