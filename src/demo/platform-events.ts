import { quietLines } from './conditions.ts'
import { mix, rowUuid, unit } from './random.ts'
import type { World } from './world.ts'

/** One item of `POST /ingest/platform_events`. */
export type PlatformEventItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly service: string
  readonly host: string
  readonly type: 'deployment' | 'configuration.changed'
  readonly version: string
  readonly message: string
  readonly body: Readonly<Record<string, string | number>>
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const PLATFORM = 130
/** Of the hours, the part that has a change of configuration in place of a deployment. */
const CONFIGURED = 0.25

const services = [...new Set(quietLines.map(({ service }) => service))].toSorted()

/** What is done in an hour: one deployment, or one change of a node's configuration. */
const ofHour = (world: World, hour: number): PlatformEventItem => {
  const time = hour * HOUR_MS + (mix(world.seed, PLATFORM, hour, 1) % HOUR_MS)
  const event_id = rowUuid(world.seed, 'platform_events', '', time)
  const service = services[mix(world.seed, PLATFORM, hour, 2) % services.length]!
  const node = world.nodes[mix(world.seed, PLATFORM, hour, 3) % world.nodes.length]!
  if (unit(world.seed, PLATFORM, hour, 4) < CONFIGURED) {
    const connections = 1_000 * (1 + (mix(world.seed, PLATFORM, hour, 5) % 9))
    return {
      event_id,
      time,
      service,
      host: node.nodeId,
      type: 'configuration.changed',
      version: '',
      message: `max_connections of ${service} on ${node.nodeId} is ${connections}`,
      body: { setting: 'max_connections', value: connections },
    }
  }
  const day = Math.floor((hour * HOUR_MS) / DAY_MS)
  const version = `4.${day % 1_000}.${hour % 24}`
  return {
    event_id,
    time,
    service,
    host: '',
    type: 'deployment',
    version,
    message: `${service} ${version} deployed to ${world.clusters.length} clusters`,
    body: {
      commit: mix(world.seed, PLATFORM, hour, 6).toString(16).padStart(8, '0'),
      replicas: world.nodes.length,
    },
  }
}

/**
 * What is done to the demo's platform in [fromMs, toMs), by time: one thing an hour. However a span is cut, its events
 * are the same.
 */
export const platformEventsBetween = (world: World, fromMs: number, toMs: number): PlatformEventItem[] => {
  const items: PlatformEventItem[] = []
  for (let hour = Math.floor(fromMs / HOUR_MS); hour * HOUR_MS < toMs; hour++) items.push(ofHour(world, hour))
  return items.filter(({ time }) => time >= fromMs && time < toMs)
}
