/** Who says nothing for longer is STALE: an edge node, an instance of a service. */
export const STALE_MS = 60_000

/** Whether who was heard last then, or never, is silent at `nowMs`. */
export const isSilent = (lastHeartbeatAt: Date | null, nowMs: number): boolean =>
  !lastHeartbeatAt || nowMs - lastHeartbeatAt.getTime() > STALE_MS

/** When who was heard last `at` that time falls silent. */
export const silentFrom = (at: Date): Date => new Date(at.getTime() + STALE_MS)

/** Who was heard last before that is silent now. */
export const silentFor = (now: Date): Date => new Date(now.getTime() - STALE_MS)
