import type { ConnectionEventItem } from './connections.ts'
import { nodeStatesAt, type NodeState } from './degradations.ts'
import type { DemoNode } from './geography.ts'
import { rowUuid, unit } from './random.ts'
import type { World } from './world.ts'

/** One item of `POST /ingest/routing_events`. */
export type RoutingEventItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly internal_name: string
  readonly selected_node: string
  readonly status: 'success' | 'failed'
  readonly details: string
  readonly score?: number
  readonly client_address: string
  readonly client_country: string
  readonly client_city: string
  readonly client_latitude: number
  readonly client_longitude: number
  readonly node_latitude?: number
  readonly node_longitude?: number
  readonly distance_km?: number
  readonly node_scores: Readonly<Record<string, { readonly score: number; readonly reason: string }>>
}

const FAILED = 120
const MINUTE_MS = 60_000
const EARTH_KM = 6_371
/** A node loses a point of its score for so many kilometres. */
const KM_A_POINT = 100
/** From here on a node is unwell: design section 6. */
const HEALTHY_SCORE = 80
/** Of the viewers around a node that sends all of its own away, this part is turned away once. */
const TURNED_AWAY = 0.1
const TRIES_AGAIN_MS = 2_000

type Point = { readonly latitude: number; readonly longitude: number }
const radians = (degrees: number): number => (degrees * Math.PI) / 180
const round = (value: number): number => Math.round(value * 10) / 10

/** Haversine formula: the way along a great circle, in kilometres. */
export const distanceKm = (a: Point, b: Point): number => {
  const half = (one: number, other: number) => Math.sin((radians(one) - radians(other)) / 2) ** 2
  const chord =
    half(a.latitude, b.latitude) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(a.longitude, b.longitude)
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(chord)))
}

/** What the router made of each node: near and well is best, and the one that was taken is ahead of all. */
const scoresFor = (
  { nodes }: World,
  client: Point,
  taken: DemoNode | undefined,
  states: readonly NodeState[],
): RoutingEventItem['node_scores'] => {
  const plain = (node: DemoNode) => {
    const nearness = Math.max(1, 100 - distanceKm(client, node) / KM_A_POINT)
    return round((nearness * (states[node.index]?.healthScore ?? 100)) / 100)
  }
  const best = taken ? plain(taken) : 0
  return Object.fromEntries(
    nodes.map((node) => {
      if (node === taken) return [node.nodeId, { score: best, reason: 'taken' }]
      const unwell = (states[node.index]?.healthScore ?? 100) < HEALTHY_SCORE
      const score = round(Math.max(0, Math.min(plain(node), best - 1)))
      return [node.nodeId, { score, reason: unwell ? 'unwell' : 'full or further away' }]
    }),
  )
}

/**
 * The decision behind each viewer who came: to the nearest node, to another one while that is unwell, and now and
 * then to none at first. Connections that are the same have the same decisions.
 */
export const routingEventsOf = (
  world: World,
  connections: readonly ConnectionEventItem[],
): RoutingEventItem[] => {
  const known = new Map<number, readonly NodeState[]>()
  const statesAt = (minute: number) => {
    const states = known.get(minute) ?? nodeStatesAt(world, minute * MINUTE_MS, 'history')
    known.set(minute, states)
    return states
  }
  return connections
    .filter(({ event_type }) => event_type === 'connect')
    .flatMap((viewer) => {
      const states = statesAt(Math.floor(viewer.time / MINUTE_MS))
      const taken = world.nodes.find(({ nodeId }) => nodeId === viewer.node_id)
      if (!taken) return []
      const tell = (node: DemoNode | undefined, time: number): RoutingEventItem => {
        const node_scores = scoresFor(world, viewer, node, states)
        return {
          event_id: rowUuid(world.seed, 'routing_events', viewer.event_id, time),
          time,
          internal_name: viewer.internal_name,
          selected_node: node?.nodeId ?? '',
          status: node ? 'success' : 'failed',
          details: node ? 'nearest that is well and has room' : 'no node with room near the viewer',
          client_address: viewer.address,
          client_country: viewer.country_code,
          client_city: viewer.city,
          client_latitude: viewer.latitude,
          client_longitude: viewer.longitude,
          node_scores,
          ...(node && {
            score: node_scores[node.nodeId]!.score,
            node_latitude: node.latitude,
            node_longitude: node.longitude,
            distance_km: round(distanceKm(viewer, node)),
          }),
        }
      }
      // Around the viewer: of the cluster that serves them.
      const near = world.nodes.filter(({ clusterId }) => clusterId === taken.clusterId)
      const worst = Math.max(...near.map(({ index }) => states[index]?.shift ?? 0))
      const away =
        unit(world.seed, FAILED, Number.parseInt(viewer.event_id.slice(-8), 16)) < worst * TURNED_AWAY
      return [...(away ? [tell(undefined, viewer.time - TRIES_AGAIN_MS)] : []), tell(taken, viewer.time)]
    })
    .toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1))
}
