import { z } from 'zod'
import { EdgeNodeMode, type EdgeNodeHealth as Health } from '../../../generated/prisma/enums.ts'
import { nameOf } from '../../platform/texts.ts'
import { isSilent, silentFrom } from './silence.rules.ts'

/** What a node sent of itself, and when. */
export type Vitals = {
  readonly healthScore: number
  readonly isHealthy: boolean
  readonly lastHeartbeatAt: Date | null
}
/** The health of a node as it was told, and since when it is so. */
export type NodeState = Vitals & { readonly health: Health; readonly healthSince: Date }

export const HEALTHY_FROM = 80
export const UNHEALTHY_BELOW = 50
/** Of a node that never said one. */
export const FIRST_SCORE = 100

/** Whether a node that sends this score, 0 to 100, is fit for viewers. */
export const isFit = (healthScore: number): boolean => healthScore >= UNHEALTHY_BELOW

/** The health that a node has at `nowMs`. */
export const healthOf = ({ healthScore, isHealthy, lastHeartbeatAt }: Vitals, nowMs: number): Health => {
  if (isSilent(lastHeartbeatAt, nowMs)) return 'STALE'
  if (!isHealthy || !isFit(healthScore)) return 'UNHEALTHY'
  return healthScore >= HEALTHY_FROM ? 'HEALTHY' : 'DEGRADED'
}

/** What a node said of itself at a moment; a number that it left out stays as it was. */
export type Heartbeat = {
  readonly at: Date
  readonly healthScore?: number
  readonly isHealthy?: boolean
}

/**
 * What a heartbeat makes of a node at `nowMs`; null for one that is not newer than what is known. One that
 * comes late tells how the node was, and not that it is heard again.
 */
export const afterHeartbeat =
  (nowMs: number) =>
  (node: NodeState, { at, healthScore = node.healthScore, isHealthy }: Heartbeat): NodeState | null => {
    if (node.lastHeartbeatAt && at <= node.lastHeartbeatAt) return null
    const vitals = { healthScore, isHealthy: isHealthy ?? isFit(healthScore), lastHeartbeatAt: at }
    const health = healthOf(vitals, nowMs)
    if (health === node.health) return { ...node, ...vitals }
    return { ...vitals, health, healthSince: health === 'STALE' ? silentFrom(at) : at }
  }

/** The operator's own name of a node, as facts carry it. */
export const nodeSlug = nameOf(128)
const name = nameOf(200)
const place = z.string().max(128)
const lists = { addresses: z.array(nameOf(255)).max(16), tags: z.array(nameOf(64)).max(32) }
const sizes = {
  latitude: z.number().min(-90).max(90).nullish(),
  longitude: z.number().min(-180).max(180).nullish(),
  cpuCores: z.number().int().min(1).max(65_536).nullish(),
  memoryGb: z.number().int().min(1).max(1_000_000).nullish(),
  diskGb: z.number().int().min(1).max(100_000_000).nullish(),
}

/** What is absent stays. Null clears what can be empty, and is refused for what can't. */
export const nodeChange = z.object({
  name: name.optional(),
  region: place.optional(),
  zone: place.optional(),
  addresses: lists.addresses.optional(),
  tags: lists.tags.optional(),
  ...sizes,
})
/** `null` is for the schema to refuse where nothing can be cleared. */
export type NodeChange = { [K in keyof z.input<typeof nodeChange>]?: z.input<typeof nodeChange>[K] | null }

/** What a node says of itself when it registers; null is not given. */
export const newNode = z.object({
  slug: nodeSlug,
  name: name.nullish(),
  region: place.nullish(),
  zone: place.nullish(),
  addresses: lists.addresses.nullish(),
  tags: lists.tags.nullish(),
  ...sizes,
})

export const modeChange = z.object({ mode: z.enum(EdgeNodeMode), note: nameOf(500).nullish() })
export type ModeChange = z.input<typeof modeChange>
