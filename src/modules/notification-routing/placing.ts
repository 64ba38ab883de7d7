import type { IncidentSeverity } from '../../../generated/prisma/enums.ts'
import { isFiring, placesOf, rankOf, type Place, type RoutedIncident, type Route } from './routing.ts'
import type { Steps } from '../../platform/turns.ts'

/** An incident in a group that there is already. */
export type Membership = {
  readonly groupId: string
  readonly incidentId: string
  readonly routeId: string | null
  readonly ruleId: string | null
  readonly groupKey: string
  readonly labels: Readonly<Record<string, string>>
  readonly toldAt: Date | null
  readonly toldSeverity: IncidentSeverity | null
}

/** A group that an incident joins, which is made where there is none. */
export type Join = Place & {
  readonly incidentId: string
  /** What waits no longer than a new group would, however young the group's last message is. */
  readonly urgent: boolean
}

const isOf = (membership: Membership, place: Place): boolean =>
  membership.routeId === place.routeId && membership.ruleId === place.ruleId

/**
 * Which groups incidents that have changed join, and which they leave. One that was told in a group of a route stays there
 * until it is over, whatever its labels and the route became: who was told of it is told of its end under the same key. One
 * that nobody was told of yet goes where it belongs now.
 */
export function* placed(
  incidents: readonly RoutedIncident[],
  memberships: readonly Membership[],
  routes: readonly Route[],
): Steps<{ readonly joins: readonly Join[]; readonly leaves: readonly Membership[] }> {
  const joins: Join[] = []
  const leaves: Membership[] = []
  const own = Map.groupBy(memberships, ({ incidentId }) => incidentId)
  for (const incident of incidents.filter(isFiring)) {
    yield
    const there = own.get(incident.id) ?? []
    const places = placesOf(incident, routes)
    for (const place of places) {
      const told = there.find((each) => each.toldAt !== null && isOf(each, place))
      const raised = told?.toldSeverity ? rankOf(incident.severity) > rankOf(told.toldSeverity) : true
      const stays = told ? { groupKey: told.groupKey, labels: told.labels } : {}
      const urgent = raised && incident.severity === 'CRITICAL'
      joins.push({ ...place, ...stays, incidentId: incident.id, urgent })
    }
    const keys = new Set(places.map(({ groupKey }) => groupKey))
    leaves.push(...there.filter(({ toldAt, groupKey }) => toldAt === null && !keys.has(groupKey)))
  }
  return { joins, leaves }
}
