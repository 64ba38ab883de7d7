import { nodeStatesAt, type Mode } from './degradations.ts'
import type { DemoNode } from './geography.ts'
import { noise, rowUuid, unit } from './random.ts'
import type { World } from './world.ts'

/** One item of `POST /ingest/metric_points`. */
export type MetricPointItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly name: string
  readonly kind: 'gauge' | 'counter' | 'histogram'
  readonly unit: string
  readonly value: number
  readonly service: string
  readonly host: string
  readonly labels: Readonly<Record<string, string>>
}

const SALT = 90
/** How often a service is read: in the history less often, as all that the demo measures. */
const stepMs = { live: 10_000, history: 60_000 } as const
/** Each service is released and restarted so often, not all at once. */
const RELEASE_MS = 7_200_000

const services = [
  { name: 'api', hosts: 3, route: '/playback/{id}', perSecond: 42, seconds: 0.018 },
  { name: 'api', hosts: 3, route: '/streams', perSecond: 9, seconds: 0.045 },
  { name: 'billing', hosts: 1, route: '/usage', perSecond: 1.5, seconds: 0.12 },
] as const
type Service = (typeof services)[number]

const startOf = (world: World, { name }: Service, node: DemoNode, timeMs: number): number => {
  const offsetMs = Math.floor(RELEASE_MS * unit(world.seed, SALT, name.length, node.index))
  return Math.floor((timeMs - offsetMs) / RELEASE_MS) * RELEASE_MS + offsetMs
}

const wave = (ms: number): number => 86.4 * (1 - Math.cos((ms / 1_800_000) * 2 * Math.PI))

/** Seconds between two times, where those of a busy quarter of an hour count more: it never falls. */
const busySeconds = (fromMs: number, toMs: number): number => {
  return (toMs - fromMs) / 1_000 + wave(toMs) - wave(fromMs)
}

/** What one service on one host tells at one time. */
const pointsAt = (world: World, service: Service, node: DemoNode, timeMs: number, trouble: number) => {
  const { name, route, perSecond, seconds } = service
  const roll = (what: number) => unit(world.seed, SALT, timeMs / 1_000, node.index, route.length, what)
  const tell = (metric: Pick<MetricPointItem, 'name' | 'kind' | 'unit' | 'value' | 'labels'>) => ({
    event_id: rowUuid(
      world.seed,
      'metric_points',
      `${name}|${node.nodeId}|${metric.name}|${JSON.stringify(metric.labels)}`,
      timeMs,
    ),
    time: timeMs,
    service: name,
    host: node.nodeId,
    ...metric,
  })
  const requests = perSecond * busySeconds(startOf(world, service, node, timeMs), timeMs)
  const counted = (status: string, part: number) =>
    tell({
      name: 'http.server.requests',
      kind: 'counter',
      unit: '{request}',
      value: Math.floor(requests * part),
      labels: { 'http.route': route, 'http.response.status_code': status },
    })
  // Exponential, so that the slow ones are few; a node in trouble is slower.
  const duration = seconds * (0.3 - Math.log(1 - roll(1))) * (1 + 6 * trouble)
  return [
    counted('200', 0.985),
    counted('500', 0.015),
    tell({
      name: 'http.server.request.duration',
      kind: 'histogram',
      unit: 's',
      value: Math.round(duration * 1e6) / 1e6,
      labels: { 'http.route': route },
    }),
  ]
}

/**
 * Every point of [fromMs, toMs), by time: what services measure of their requests, with a counter that begins anew
 * at each release, and of their processors. However a span is cut, its points are the same.
 */
export const metricPointsBetween = (
  world: World,
  fromMs: number,
  toMs: number,
  mode: Mode = 'live',
): MetricPointItem[] => {
  const items: MetricPointItem[] = []
  const every = stepMs[mode]
  for (let at = Math.ceil(fromMs / every) * every; at < toMs; at += every) {
    const states = nodeStatesAt(world, at, mode)
    for (const service of services)
      for (const node of world.nodes.slice(0, service.hosts))
        items.push(...pointsAt(world, service, node, at, states[node.index]?.qualityLoss ?? 0))
    for (const node of world.nodes.slice(0, 3)) {
      const busy = 0.3 + 0.12 * noise(at, 600_000, world.seed, SALT + node.index)
      items.push({
        event_id: rowUuid(world.seed, 'metric_points', `cpu|${node.nodeId}`, at),
        time: at,
        name: 'process.cpu.utilization',
        kind: 'gauge',
        unit: '1',
        value: Math.min(1, Math.round((busy + (states[node.index]?.qualityLoss ?? 0)) * 1_000) / 1_000),
        service: 'api',
        host: node.nodeId,
        labels: {},
      })
    }
  }
  return items
}
