import type { StreamState } from '../../../generated/prisma/client.ts'

type Told = Pick<
  StreamState,
  'healthAt' | 'healthEventId' | 'healthNode' | 'tracksAt' | 'tracksEventId' | 'tracksNode'
>

/** The edge node of the newest sample or track list, whichever is later: by time, then by id. */
export const nodeNameOf = (state: Told): string => {
  const { healthAt, healthEventId, healthNode, tracksAt, tracksEventId, tracksNode } = state
  if (!healthAt || !tracksAt) return healthAt ? healthNode : tracksNode
  const apartMs = healthAt.getTime() - tracksAt.getTime()
  return (apartMs === 0 ? healthEventId! > tracksEventId! : apartMs > 0) ? healthNode : tracksNode
}
