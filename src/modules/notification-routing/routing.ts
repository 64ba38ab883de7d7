import { createHash } from 'node:crypto'
import type { AlertOperator, IncidentSeverity, IncidentStatus } from '../../../generated/prisma/enums.ts'
import { holds, type Facts, type Matcher } from './matcher.ts'

/** The rule that opened an incident, as it is now. */
export type RuleOfIncident = {
  readonly id: string
  readonly name: string
  readonly operator: AlertOperator
  readonly windowMs: number
  /** Channels that it names itself. */
  readonly channelIds: readonly string[]
}

/** What routes, mutes and messages look at. */
export type RoutedIncident = {
  readonly id: string
  readonly number: number
  readonly title: string
  readonly description: string
  readonly severity: IncidentSeverity
  readonly status: IncidentStatus
  readonly source: string
  readonly labels: Readonly<Record<string, string>>
  readonly acknowledgedBy: string | null
  readonly firstSeenAt: Date
  readonly resolvedAt: Date | null
  readonly occurrences: number
  readonly value: number | null
  readonly threshold: number | null
  readonly mergedIntoId: string | null
  readonly rule: RuleOfIncident | null
}

/** One that was merged goes on in the other, and is over by itself. */
export const isFiring = ({
  status,
  mergedIntoId,
}: Pick<RoutedIncident, 'status' | 'mergedIntoId'>): boolean =>
  mergedIntoId === null && status !== 'RESOLVED' && status !== 'CLOSED'
export const isAcknowledged = ({ status }: Pick<RoutedIncident, 'status'>): boolean =>
  status === 'INVESTIGATING'

const ranks: Readonly<Record<IncidentSeverity, number>> = { LOW: 1, MEDIUM: 2, HIGH: 3, CRITICAL: 4 }
export const rankOf = (severity: IncidentSeverity): number => ranks[severity]

/** What matchers ask of: built-in names stand before labels of the same name. */
export const factsOf = ({
  labels,
  severity,
  status,
  source,
  title,
  rule,
}: Pick<RoutedIncident, 'labels' | 'severity' | 'status' | 'source' | 'title'> & {
  readonly rule: Pick<RuleOfIncident, 'name'> | null
}): Facts => ({ ...labels, severity, status, source, title, rule: rule?.name ?? '' })

/** Whom else to tell when nobody has acknowledged an incident for so long since it was told. */
export type Step = {
  readonly afterMs: number
  readonly channelIds: readonly string[]
  readonly scheduleIds: readonly string[]
}

export type Route = {
  /** Null for the channels that a rule names itself. */
  readonly id: string | null
  readonly name: string | null
  readonly matchers: readonly Matcher[]
  readonly channelIds: readonly string[]
  readonly groupBy: readonly string[]
  /** How long a new group waits for more incidents. */
  readonly waitMs: number
  /** How long it is at least from one message of a group to the next. */
  readonly intervalMs: number
  /** How often what goes on is told again; 0 for never. */
  readonly repeatMs: number
  readonly continues: boolean
  readonly escalation: readonly Step[]
}

export const usual = { waitMs: 10_000, intervalMs: 300_000, repeatMs: 14_400_000 } as const

/** The channels that a rule names itself, as a route of its own: one group for all that the rule opens. */
export const ownRoute = ({ channelIds }: Pick<RuleOfIncident, 'channelIds'>): Route => ({
  id: null,
  name: null,
  matchers: [],
  channelIds,
  groupBy: ['rule'],
  ...usual,
  continues: true,
  escalation: [],
})

/** Of routes in their order: the first that matches, and as long as these continue, the next ones too. */
export const routesFor = (routes: readonly Route[], facts: Facts): readonly Route[] => {
  const found: Route[] = []
  for (const route of routes) {
    if (!holds(route.matchers, facts)) continue
    found.push(route)
    if (!route.continues) break
  }
  return found
}

/** The group of an incident in a route; `routeId` is null for that of a rule's own channels. */
export type Place = {
  readonly routeId: string | null
  readonly ruleId: string | null
  readonly groupKey: string
  readonly labels: Readonly<Record<string, string>>
  readonly waitMs: number
}

const placeIn = (route: Route, ruleId: string | null, facts: Facts): Place => {
  const labels = Object.fromEntries(
    route.groupBy.toSorted().map((name) => [name, Object.hasOwn(facts, name) ? facts[name]! : '']),
  )
  const of = route.id === null ? `rule/${ruleId}` : `route/${route.id}`
  const owner = { routeId: route.id, ruleId: route.id === null ? ruleId : null }
  // A digest: values may be longer than an index takes.
  const values = createHash('sha256').update(JSON.stringify(labels)).digest('base64url')
  return { ...owner, groupKey: `${of} ${values}`, labels, waitMs: route.waitMs }
}

/** Where an incident belongs, by all routes in their order and by its rule's own channels. */
export const placesOf = (incident: RoutedIncident, routes: readonly Route[]): readonly Place[] => {
  const facts = factsOf(incident)
  const { rule } = incident
  return [
    ...routesFor(routes, facts).map((route) => placeIn(route, null, facts)),
    ...(rule && rule.channelIds.length > 0 ? [placeIn(ownRoute(rule), rule.id, facts)] : []),
  ]
}
