import { LONG_TEXT } from '../incidents/incident.rules.ts'
import type { Act } from './act.ts'
import { isFiring } from './series-state.ts'
import type { Series, Step } from './watched-series.ts'
import { breachOf, filled, labelsOf, shown, thresholdOf, usualTitle } from './words.ts'

/** How often the incident of a series that goes on is told so. */
export const TOLD_EVERY_MS = 60_000

/** As long as a title may be. */
const MAX_TITLE = 300

const severityOf = ({ rule, state }: Series) =>
  state.level === 'CRITICAL' ? rule.criticalSeverity : rule.severity

/** A label that the series has empty may leave nothing of the rule's own title. */
const titleOf = (series: Series): string => {
  const own = filled(series.rule.annotations['title'] ?? '', series, series.state.value, MAX_TITLE)
  return own.trim() === '' ? usualTitle(series) : own
}

/** As long as one that people write may be: a label may stand in it many times. */
const descriptionOf = (series: Series): string => {
  const { annotations, description } = series.rule
  const { title: _title, description: own, ...others } = annotations
  const lines = [own ?? description, ...Object.entries(others).map((each) => each.join(': '))]
  let text = ''
  for (const line of lines) {
    if (line === '' || text.length >= LONG_TEXT) continue
    text += `${text === '' ? '' : '\n'}${filled(line, series, series.state.value, LONG_TEXT - text.length)}`
  }
  return text.slice(0, LONG_TEXT).toWellFormed()
}

const fire = (series: Series, at: string, atMs: number): Act => {
  const { rule, state } = series
  return {
    kind: 'fire',
    at,
    title: titleOf(series).slice(0, MAX_TITLE).toWellFormed(),
    description: descriptionOf(series),
    severity: severityOf(series),
    labels: { ...rule.labels, ...labelsOf(series) },
    value: state.value,
    threshold: thresholdOf(rule, state.level),
    note: breachOf(series, state.value),
    reopenSince: new Date(atMs - rule.reopenMs).toISOString(),
  }
}

/** Of a step: what is to be done to the incident of its series. */
export const actsOf = ({ series, before }: Step, atMs: number): readonly Act[] => {
  const { state } = series
  const at = new Date(atMs).toISOString()
  if (!isFiring(before)) return isFiring(state) ? [fire(series, at, atMs)] : []
  const note = breachOf(series, state.value)
  if (!isFiring(state)) {
    const words = state.value === null ? 'no data' : `${shown(state.value)}, which is no breach`
    return [{ kind: 'resolve', at, value: state.value, note: words }]
  }
  const acts: Act[] = []
  if (state.level !== before.level)
    acts.push({ kind: 'level', at, severity: severityOf(series), value: state.value, note })
  if (state.state === 'NO_DATA') acts.push({ kind: 'note', at, note })
  else if (state.state === 'FIRING' && before.state !== 'FIRING')
    acts.push({
      kind: 'note',
      at,
      note: `${before.state === 'NO_DATA' ? 'data again' : 'not recovered'}: ${note}`,
    })
  return acts
}

/** Of a series that goes on as it is: that it does, once in a while. */
export const lastingAct = (series: Series, atMs: number): Act => {
  const { breaches: times, peak } = series
  return {
    kind: 'last',
    at: new Date(atMs).toISOString(),
    times,
    value: peak,
    severity: severityOf(series),
  }
}

/** Of a series whose rule is no more, or measures something else by now. */
export const closingAct = (note: string, atMs: number): Act => ({
  kind: 'resolve',
  at: new Date(atMs).toISOString(),
  value: null,
  note,
})
