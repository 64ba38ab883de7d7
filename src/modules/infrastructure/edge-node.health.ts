/** What a node sent of itself, and when. */
export type Vitals = {
  readonly healthScore: number
  readonly isHealthy: boolean
  readonly lastHeartbeatAt: Date | null
}
export type Health = 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY' | 'STALE'

const STALE_MS = 60_000
const HEALTHY_FROM = 80
const UNHEALTHY_BELOW = 50

/** Whether a node that sends this score, 0 to 100, is fit for viewers. */
export const isFit = (healthScore: number): boolean => healthScore >= UNHEALTHY_BELOW

/** The health that a node has at `nowMs`. */
export const healthOf = ({ healthScore, isHealthy, lastHeartbeatAt }: Vitals, nowMs: number): Health => {
  if (!lastHeartbeatAt || nowMs - lastHeartbeatAt.getTime() > STALE_MS) return 'STALE'
  if (!isHealthy || !isFit(healthScore)) return 'UNHEALTHY'
  return healthScore >= HEALTHY_FROM ? 'HEALTHY' : 'DEGRADED'
}
