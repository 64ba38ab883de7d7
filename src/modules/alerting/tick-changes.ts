import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { outboxEvent, type OutboxEvent } from '../../platform/outbox.ts'
import type { Act } from './act.ts'
import { actsOf, closingAct, lastingAct, TOLD_EVERY_MS } from './acts.ts'
import { alertStateChangedTopic } from './alerting.topics.ts'
import type { SeriesChange, SeriesRow } from './evaluator.store.ts'
import type { Memory } from './memory.ts'
import { fingerprintOf } from './rule-of.ts'
import { watchesSilence } from './rule.ts'
import { fresh, isFiring } from './series-state.ts'
import type { Series, Step } from './watched-series.ts'
import { labelsOf } from './words.ts'

/** When a series had rows last is written so often; it is for people, and for who goes on after a restart. */
const SEEN_EVERY_MS = 600_000
/** A group without rows for so long is no more, unless its breach has yet to hold: then it is for so long beyond that. */
const FORGOTTEN_MS = 86_400_000

type Event = OutboxEvent & { readonly tenant: TenantId }

const dateOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms))

const changeOf = (series: Series, acts: readonly Act[], gone: boolean): SeriesChange => {
  const { rule, state, values } = series
  return {
    id: series.row?.id ?? uuidv7(),
    tenant: rule.tenant,
    rule_id: rule.id,
    rule_name: rule.name,
    fingerprint: fingerprintOf(rule.id, values),
    scope: rule.scope,
    labels: { ...rule.labels, ...labelsOf(series) },
    state: state.state,
    since: new Date(state.sinceMs),
    level: state.level,
    value: state.value,
    peak: isFiring(state) ? series.peak : null,
    fired_at: dateOf(state.firedAtMs),
    seen_at: new Date(series.seenMs),
    acts,
    gone,
  }
}

const eventOf = (change: SeriesRow, before: SeriesRow['state'], atMs: number): Event => {
  const { rule_id: ruleId, rule_name: rule, fingerprint, labels, state: after, level, value } = change
  const id = uuidv7(atMs)
  const at = new Date(atMs).toISOString()
  const payload = { id, ruleId, rule, fingerprint, labels, before, after, level, value, at }
  return { tenant: change.tenant, ...outboxEvent(alertStateChangedTopic, id, payload) }
}

/** What is left of a rule that is no more: its incident is resolved, and it is forgotten. */
const closed = (row: SeriesRow, atMs: number): SeriesChange => ({
  ...row,
  state: 'OK',
  since: new Date(atMs),
  level: null,
  value: null,
  peak: null,
  fired_at: null,
  acts: isFiring(row) ? [closingAct('the alert rule was changed, switched off or deleted', atMs)] : [],
  gone: true,
})

/** Names the row of a series. */
const rowOf = ({ tenant, fingerprint }: SeriesRow): string => `${tenant} ${fingerprint}`

/** What a tick has to write of a tenant, and what to call when that is done. */
export type Part = {
  readonly changes: SeriesChange[]
  readonly events: Event[]
  readonly done: () => void
}

/**
 * What a tick has to write: for each tenant apart, so that none waits for another's. Of a tenant whose incidents are behind
 * with what changed nothing is written of what only goes on: that would be more and more.
 */
export const written = (
  { questions, orphans }: Pick<Memory, 'questions' | 'orphans'>,
  steps: readonly Step[],
  { atMs, isBehind }: { readonly atMs: number; readonly isBehind: (tenant: TenantId) => boolean },
): Map<TenantId, Part> => {
  const changes = new Map<string, SeriesChange>()
  const events: Event[] = []
  const afterwards: { readonly tenant: TenantId; readonly call: () => void }[] = []
  const moved = new Map(steps.map((each) => [each.series, each.before]))

  const put = (series: Series, acts: readonly Act[], gone: boolean): SeriesChange => {
    const own = changeOf(series, acts, gone)
    // Of a rule that measures something else by now: one row can't be written twice, so it goes over to the new series.
    const orphan = changes.get(rowOf(own))
    const change = orphan ? { ...own, id: orphan.id, acts: [...orphan.acts, ...acts] } : own
    changes.set(rowOf(change), change)
    const call = (): void => {
      series.row = gone ? undefined : { id: change.id, seenMs: series.seenMs }
      if (acts.length === 0) return
      series.toldMs = atMs
      series.breaches = 0
    }
    afterwards.push({ tenant: change.tenant, call })
    return change
  }

  for (const row of orphans) {
    const change = closed(row, atMs)
    changes.set(rowOf(change), change)
    if (row.state !== 'OK') events.push(eventOf(change, row.state, atMs))
  }
  for (const watched of questions) {
    for (const series of watched.active()) {
      const { rule, row } = series
      const before = moved.get(series)
      const kept = watchesSilence(rule)
      if (kept && atMs - series.seenMs > FORGOTTEN_MS + rule.forMs) {
        const acts = isFiring(series.state)
          ? [closingAct('no data for a day and more: this series is forgotten', atMs)]
          : []
        const was = series.state.state
        series.state = fresh(atMs)
        const change = put(series, acts, true)
        if (was !== 'OK') events.push(eventOf(change, was, atMs))
        afterwards.push({ tenant: change.tenant, call: () => watched.forget(series) })
      } else if (before) {
        const gone = series.state.state === 'OK' && !kept
        const change = put(series, actsOf({ series, before }, atMs), gone)
        if (before.state !== series.state.state) events.push(eventOf(change, before.state, atMs))
      } else if (isFiring(series.state) && atMs - series.toldMs >= TOLD_EVERY_MS && series.breaches > 0) {
        if (!isBehind(rule.tenant)) put(series, [lastingAct(series, atMs)], false)
      } else if (kept && !isFiring(series.state)) {
        if (!row || series.seenMs - row.seenMs >= SEEN_EVERY_MS) put(series, [], false)
      }
    }
  }
  const told = Map.groupBy(events, ({ tenant }) => tenant)
  const calls = Map.groupBy(afterwards, ({ tenant }) => tenant)
  return new Map(
    Array.from(
      Map.groupBy(changes.values(), ({ tenant }) => tenant),
      ([tenant, own]) => {
        const done = () => calls.get(tenant)?.forEach(({ call }) => call())
        return [tenant, { changes: own, events: told.get(tenant) ?? [], done }]
      },
    ),
  )
}
