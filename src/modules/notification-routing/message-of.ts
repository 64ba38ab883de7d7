import { MAX_TOLD, type Message, type ToldIncident } from '../notifications/message.ts'
import { isAcknowledged, isFiring, rankOf, type RoutedIncident } from './routing.ts'

/** Fifty of them are a message that receivers take. */
const MAX_DESCRIPTION = 2_000

const operators = { GT: '>', GTE: '>=', LT: '<', LTE: '<=', EQ: '=', NEQ: '!=' } as const

const toldOf = (incident: RoutedIncident): ToldIncident => {
  const { id, number, title, description, severity, labels, occurrences, value, threshold, rule } = incident
  return {
    id,
    number,
    title,
    description: description.slice(0, MAX_DESCRIPTION).toWellFormed(),
    severity,
    labels,
    occurrences,
    value,
    threshold,
    status: isFiring(incident) ? 'FIRING' : 'RESOLVED',
    acknowledgedBy: isAcknowledged(incident) ? incident.acknowledgedBy : null,
    startedAt: incident.firstSeenAt.toISOString(),
    resolvedAt: incident.resolvedAt?.toISOString() ?? null,
    rule: rule && {
      id: rule.id,
      name: rule.name,
      operator: operators[rule.operator],
      windowSeconds: rule.windowMs / 1_000,
    },
  }
}

/** What fires before what is over, then the gravest, then the oldest. */
const before = (a: RoutedIncident, b: RoutedIncident): number =>
  Number(isFiring(b)) - Number(isFiring(a)) || rankOf(b.severity) - rankOf(a.severity) || a.number - b.number

export const messageOf = (
  {
    kind,
    dedupKey,
    route,
    groupLabels,
    repeats,
    escalation,
    raised,
  }: Omit<Message, 'incidents' | 'more' | 'at'>,
  incidents: readonly RoutedIncident[],
  now: Date,
): Message => ({
  kind,
  dedupKey,
  route,
  groupLabels,
  incidents: incidents.toSorted(before).slice(0, MAX_TOLD).map(toldOf),
  more: Math.max(0, incidents.length - MAX_TOLD),
  repeats,
  escalation,
  raised,
  at: now.toISOString(),
})
