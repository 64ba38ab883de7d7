import { z } from 'zod'
import {
  ServiceInstanceHealth,
  ServiceInstanceStatus,
  type ServiceInstanceHealth as Health,
  type ServiceInstanceStatus as Status,
} from '../../../generated/prisma/enums.ts'
import { nameOf } from '../../platform/texts.ts'
import { isSilent } from './silence.rules.ts'
import { nodeSlug } from './edge-node.rules.ts'
import { port, serviceSlug } from './service.rules.ts'

const status = z.enum(ServiceInstanceStatus)
const health = z
  .enum(ServiceInstanceHealth)
  .refine(
    (told) => told !== 'STALE',
    'STALE is what silence makes of an instance, and none can say it of itself',
  )

/** What an instance says of itself when it registers; null is not given. Clusters and nodes by their slugs. */
export const newInstance = z.object({
  slug: serviceSlug,
  service: serviceSlug,
  cluster: nameOf(128).nullish(),
  edgeNode: nodeSlug.nullish(),
  host: nameOf(255).nullish(),
  port: port.nullish(),
  version: nameOf(128).nullish(),
  startedAt: z.date().nullish(),
  status: status.nullish(),
  health: health.nullish(),
})
export type NewInstance = z.input<typeof newInstance>

/** A heartbeat. What is left out was not measured. */
export const heartbeat = z.object({
  slug: serviceSlug,
  status,
  health,
  cpuPercent: z.number().min(0).max(100).nullish(),
  /** 4 petabytes; whole numbers are exact up to there. */
  memoryBytes: z.bigint().min(0n).max(4_503_599_627_370_496n).nullish(),
})
export type Heartbeat = z.input<typeof heartbeat>

/** What heartbeats move. */
export type Vitals = {
  readonly status: Status
  readonly health: Health
  readonly healthSince: Date
  readonly lastHeartbeatAt: Date
}

/** What a heartbeat that came at that time makes of an instance. Two that passed one another keep the later time. */
export const afterHeartbeat = (
  { health: before, healthSince, lastHeartbeatAt }: Vitals,
  told: Pick<Vitals, 'status' | 'health'>,
  at: Date,
): Vitals => ({
  status: told.status,
  health: told.health,
  healthSince: told.health === before ? healthSince : at,
  lastHeartbeatAt: at > lastHeartbeatAt ? at : lastHeartbeatAt,
})

/** Where an instance is reached. */
export type Place = {
  readonly serviceId: string
  readonly clusterId: string
  readonly edgeNodeId: string | null
  readonly host: string | null
  readonly port: number | null
}
const placeOf = ({ serviceId, clusterId, edgeNodeId, host, port }: Place): string =>
  JSON.stringify([serviceId, clusterId, edgeNodeId, host, port])

/**
 * Whether a name that an instance has can be registered for this place: by the same one, that was started again, or
 * when its last holder has stopped or is silent.
 */
export const isFree = (held: Place & Vitals, asked: Place, nowMs: number): boolean =>
  placeOf(held) === placeOf(asked) || held.status === 'STOPPED' || isSilent(held.lastHeartbeatAt, nowMs)
