import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { OutboxEvent } from '../../platform/outbox.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { jsonOf } from '../../platform/postgres/records.ts'
import { tenantScope, type Scope } from '../../platform/postgres/scope.ts'
import type { Act } from './act.ts'
import { FAULT, faultSeriesOf } from './fault-series.ts'
import { ruleOf, type RuleRow } from './rule-of.ts'
import type { AlertLevel, AlertState, Rule } from './rule.ts'

const scope: Scope = { setting: 'app.alerting', value: 'on' }

/** What a program is told when it asks to lead: whether it does, what was done before, and whether rules changed. */
export type Lead = {
  readonly leads: boolean
  /** Whether nobody else has led since it asked last: else what it remembers may be old. */
  readonly kept: boolean
  readonly evaluatedToMs: number | null
  /** Another text when any rule of any active tenant changed, or a tenant with rules was switched off, or any was on. */
  readonly revision: string
}

/** A series as it is stored. */
export type SeriesRow = {
  readonly id: string
  readonly tenant: TenantId
  readonly rule_id: string
  readonly rule_name: string
  readonly fingerprint: string
  readonly scope: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: AlertState
  readonly since: Date
  readonly level: AlertLevel | null
  readonly value: number | null
  readonly peak: number | null
  readonly fired_at: Date | null
  readonly seen_at: Date
}

/** A series that changed, what is to be done for it, and whether nothing has to be remembered of it. */
export type SeriesChange = SeriesRow & {
  readonly acts: readonly Act[]
  readonly gone: boolean
}

/** Of a tenant `t`: where it is off nothing is evaluated, and its series stay as they are. */
const ACTIVE = 't.is_active AND t.deleted_at IS NULL'

/** Seconds are enough to evaluate; a leader that says nothing for longer is followed by another. */
export const LEASE_MS = 7_000

// Who takes it from another waits until all is written that the other has begun (`WRITE`).
const LEAD = `
  WITH ended AS (
    SELECT 1 FROM alert_lease WHERE holder <> $1 AND expires_at <= now() FOR UPDATE
  ), taken AS (
    INSERT INTO alert_lease (id, holder, expires_at)
    SELECT 1, $1, now() + $2 * interval '1 ms' FROM (SELECT count(*) FROM ended) AS first
    ON CONFLICT (id) DO UPDATE SET holder = $1, expires_at = now() + $2 * interval '1 ms',
                                   evaluated_to = CASE WHEN alert_lease.holder = $1 THEN coalesce($3, alert_lease.evaluated_to)
                                                       ELSE alert_lease.evaluated_to END
     WHERE alert_lease.holder = $1 OR alert_lease.expires_at <= now()
    RETURNING evaluated_to
  )
  SELECT (SELECT count(*) > 0 FROM taken) AS leads,
         coalesce((SELECT holder = $1 FROM alert_lease), false) AS kept, -- as it was before
         (SELECT evaluated_to FROM taken) AS evaluated_to,
         (SELECT count(*) || ' ' || coalesce(bit_xor(hashtextextended(concat_ws(' ', r.id, r.version, t.active_since), 0)), 0)
            FROM alert_rules r JOIN tenants t ON t.id = r.tenant_id AND ${ACTIVE})
           || ' ' || coalesce((SELECT bit_xor(hashtextextended(concat_ws(' ', id, active_since), 0)) FROM tenants t
                                WHERE ${ACTIVE} AND active_since IS NOT NULL), 0) AS revision`

// Never takes it: who comes to lead anew has to ask for what was done meanwhile, as `LEAD` answers.
const RENEW = `UPDATE alert_lease SET expires_at = now() + $2 * interval '1 ms' WHERE holder = $1 AND expires_at > now()`

// Of a tick of which everything is written.
const DONE = `UPDATE alert_lease SET evaluated_to = $2 WHERE holder = $1 AND expires_at > now() RETURNING 1`

/**
 * Times of a series `s`, as they count. Of a tenant that was off what waits for time to pass waits anew from `activeSince`
 * on, when it was switched on last, and no series has been silent for longer.
 */
const countedFrom = (activeSince: string) => ({
  since: `CASE WHEN s.state IN ('PENDING', 'RECOVERING') THEN greatest(s.since, ${activeSince}) ELSE s.since END`,
  seen: `greatest(s.seen_at, ${activeSince})`,
})

const own = countedFrom('(SELECT t.active_since FROM tenants t WHERE t.id = s.tenant_id)')
// With the tick itself, so that whoever begins anew does not do it again. No time is moved beyond it: of a tenant that was
// switched on while nobody looked, not all of that lies after `active_since`.
const SHIFT = `
  WITH lease AS (
    UPDATE alert_lease SET evaluated_to = $3 WHERE holder = $1 AND expires_at > now() RETURNING 1
  ), shifted AS (
    UPDATE alert_series s
       SET since = CASE WHEN s.state = 'OK' THEN s.since ELSE least(${own.since} + $2 * interval '1 ms', $3) END,
           seen_at = least(${own.seen} + $2 * interval '1 ms', $3)
     WHERE s.scope <> $4 AND EXISTS (SELECT FROM lease)
  )
  SELECT count(*) > 0 AS leads FROM lease`

const RESIGN = 'UPDATE alert_lease SET expires_at = now() WHERE holder = $1'

// One statement for each tenant: the states and what is told of them, and none of it when another leads by now. Nobody
// else comes to lead before it is done; the lease is renewed meanwhile, and tenants do not wait for one another.
const WRITE = `
  WITH lease AS MATERIALIZED (
    SELECT 1 FROM alert_lease WHERE holder = $1 AND expires_at > now() FOR KEY SHARE
  ), became AS (
    SELECT r.* FROM jsonb_to_recordset($2::jsonb) AS r (
      id uuid, tenant uuid, rule_id uuid, rule_name text, fingerprint text, scope text, labels jsonb, state alert_state,
      since timestamptz, level alert_level, value float8, peak float8, fired_at timestamptz, seen_at timestamptz,
      acts jsonb, gone boolean)
     WHERE EXISTS (SELECT FROM lease)
  ), kept AS (
    INSERT INTO alert_series AS s (id, tenant_id, rule_id, rule_name, fingerprint, scope, labels, state, since, level, value,
                                   peak, fired_at, seen_at, acts, gone, quiet)
    SELECT id, tenant, rule_id, rule_name, fingerprint, scope, labels, state, since, level, value, peak, fired_at, seen_at, acts,
           gone, state = 'OK'
      FROM became WHERE NOT gone OR acts <> '[]'
        OR EXISTS (SELECT FROM alert_series o WHERE o.tenant_id = tenant AND o.fingerprint = became.fingerprint AND o.acts <> '[]')
    ON CONFLICT (tenant_id, fingerprint) DO UPDATE
       SET rule_name = excluded.rule_name, scope = excluded.scope, labels = excluded.labels, state = excluded.state,
           since = excluded.since, level = excluded.level, value = excluded.value, peak = excluded.peak, fired_at = excluded.fired_at,
           seen_at = excluded.seen_at, acts = s.acts || excluded.acts, gone = excluded.gone,
           quiet = excluded.quiet
  ), dropped AS (
    DELETE FROM alert_series s USING became b
     WHERE b.gone AND b.acts = '[]' AND s.tenant_id = b.tenant AND s.fingerprint = b.fingerprint AND s.acts = '[]'
  ), told AS (
    INSERT INTO outbox_messages (tenant_id, topic, id, payload)
    SELECT t.tenant, t.topic, t.id, t.payload
      FROM jsonb_to_recordset($3::jsonb) AS t (tenant uuid, topic text, id uuid, payload jsonb)
     WHERE EXISTS (SELECT FROM lease)
  )
  SELECT count(*) > 0 AS leads FROM lease`

// The fault is a series too (`fault-series.ts`), written with it.
const MARK = `
  WITH marked AS (
    UPDATE alert_rules SET error = $2, error_at = CASE WHEN $2::text IS NULL THEN NULL ELSE now() END
     WHERE id = $1 RETURNING id, tenant_id, name
  ), fires AS (
    INSERT INTO alert_series AS s (id, tenant_id, rule_id, rule_name, fingerprint, scope, labels, state, since, level, fired_at,
                                   seen_at, acts)
    SELECT $3, tenant_id, id, name, $4, $5, $6::jsonb, 'FIRING', $7, 'WARNING', $7, $7, $8::jsonb FROM marked WHERE $2::text IS NOT NULL
    ON CONFLICT (tenant_id, fingerprint) DO UPDATE
       SET rule_name = excluded.rule_name, labels = excluded.labels, state = 'FIRING', level = 'WARNING', quiet = false,
           gone = false, acts = s.acts || excluded.acts
  )
  UPDATE alert_series s SET state = 'OK', level = NULL, quiet = true, gone = true, acts = s.acts || $8::jsonb
    FROM marked m WHERE $2::text IS NULL AND s.tenant_id = m.tenant_id AND s.fingerprint = $4`

// Columns by the names of the model's properties.
const RULES = `
  SELECT r.id, tenant_id, r.name, description, enabled, dataset, aggregate, field, filter, out_of AS "outOf", group_by AS "groupBy",
         operator, threshold, critical_threshold AS "criticalThreshold", recovery_threshold AS "recoveryThreshold",
         window_ms AS "windowMs", for_ms AS "forMs", keep_firing_ms AS "keepFiringMs", reopen_ms AS "reopenMs",
         delay_ms AS "delayMs", min_samples AS "minSamples", no_data AS "noData", severity,
         critical_severity AS "criticalSeverity", labels, annotations, channels, version, error, error_at AS "errorAt"
    FROM alert_rules r JOIN tenants t ON t.id = tenant_id AND ${ACTIVE} WHERE enabled ORDER BY tenant_id, r.id`
const joined = countedFrom('t.active_since')
const SERIES = `
  SELECT s.id, tenant_id AS tenant, rule_id, rule_name, fingerprint, scope, labels, state, ${joined.since} AS since, level, value,
         peak, fired_at, ${joined.seen} AS seen_at
    FROM alert_series s JOIN tenants t ON t.id = tenant_id AND ${ACTIVE} ORDER BY tenant_id, s.id`

/** What the evaluator reads of all tenants by one statement each, and writes. */
export const createEvaluatorStore = ({ postgres }: { readonly postgres: Postgres }) => ({
  /** Becomes or stays the one who evaluates, if nobody else is. `doneMs` is the tick that this one did last. */
  lead: async (holder: string, doneMs?: number): Promise<Lead> => {
    const [row] = await postgres.query<{
      leads: boolean
      kept: boolean
      evaluated_to: Date | null
      revision: string
    }>(scope, {
      name: 'alerting_lead',
      text: LEAD,
      values: [holder, LEASE_MS, doneMs === undefined ? null : new Date(doneMs)],
    })
    const { leads, kept, evaluated_to, revision } = row!
    return { leads, kept, evaluatedToMs: evaluated_to?.getTime() ?? null, revision }
  },
  /** Leads for longer, if it still does. */
  renew: async (holder: string): Promise<void> => {
    await postgres.query(scope, { name: 'alerting_renew', text: RENEW, values: [holder, LEASE_MS] })
  },
  /** Lets another one lead at once. */
  resign: async (holder: string): Promise<void> => {
    await postgres.query(scope, { name: 'alerting_resign', text: RESIGN, values: [holder] })
  },

  /** All rules that are enabled, of tenants that are active. */
  rules: async (): Promise<Rule[]> => {
    const rows = await postgres.query<RuleRow & { tenant_id: string }>(scope, { text: RULES, values: [] })
    return rows.map(({ tenant_id, ...row }) => ruleOf(trustTenantId(tenant_id), row))
  },
  series: async (): Promise<SeriesRow[]> =>
    (await postgres.query<SeriesRow>(scope, { text: SERIES, values: [] })).map((row) => ({
      ...row,
      tenant: trustTenantId(row.tenant),
    })),
  /** Says of a rule why it can't be evaluated, or null that it can. */
  mark: async (rule: Rule, error: string | null, atMs: number): Promise<void> => {
    const { fingerprint, labels, acts } = faultSeriesOf(rule, error, atMs)
    const series = [uuidv7(), fingerprint, FAULT, jsonOf(labels), new Date(atMs), jsonOf(acts)]
    await postgres.query(tenantScope(rule.tenant), {
      name: 'alerting_mark',
      text: MARK,
      values: [rule.id, error, ...series],
    })
  },
  /** The tenants that are active, and for whose incidents something is still to be done. */
  tenantsWithActs: async (): Promise<TenantId[]> => {
    const rows = await postgres.query<{ tenant_id: string }>(scope, {
      name: 'alerting_acts',
      text: `SELECT DISTINCT tenant_id FROM alert_series JOIN tenants t ON t.id = tenant_id AND ${ACTIVE} WHERE acts <> '[]'`,
      values: [],
    })
    return rows.map(({ tenant_id }) => trustTenantId(tenant_id))
  },

  /** Writes what a tick changed of a tenant. False when another leads by now: then nothing was written. */
  write: async (
    holder: string,
    changes: readonly SeriesChange[],
    events: readonly (OutboxEvent & { readonly tenant: TenantId })[],
  ): Promise<boolean> => {
    const [row] = await postgres.query<{ leads: boolean }>(scope, {
      name: 'alerting_write',
      text: WRITE,
      values: [holder, jsonOf(changes), jsonOf(events)],
    })
    return row!.leads
  },
  /**
   * Moves the beginning of all states, and when series had rows last, and says that all up to `toMs` is done. False when
   * another leads by now: then nothing was written.
   */
  shift: async (holder: string, shiftMs: number, toMs: number): Promise<boolean> => {
    const [row] = await postgres.query<{ leads: boolean }>(scope, {
      name: 'alerting_shift',
      text: SHIFT,
      values: [holder, shiftMs, new Date(toMs), FAULT],
    })
    return row!.leads
  },
  /** Says that a tick is done. False when another leads by now. */
  done: async (holder: string, atMs: number): Promise<boolean> => {
    const rows = await postgres.query(scope, {
      name: 'alerting_done',
      text: DONE,
      values: [holder, new Date(atMs)],
    })
    return rows.length > 0
  },
})

export type EvaluatorStore = ReturnType<typeof createEvaluatorStore>
