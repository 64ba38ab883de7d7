import { z } from 'zod'
import { EdgeNodeHealth, EdgeNodeMode } from '../../../generated/prisma/enums.ts'
import { defineEventTopic } from '../../platform/bus/topics.ts'

export const edgeNodeChanges = ['REGISTERED', 'UPDATED', 'HEALTH_CHANGED', 'MODE_CHANGED', 'DELETED'] as const

const edgeNodeChange = z.object({
  /** The event's own. */
  id: z.uuid(),
  edgeNodeId: z.uuid(),
  slug: z.string(),
  clusterId: z.uuid(),
  kind: z.enum(edgeNodeChanges),
  actor: z.string(),
  healthBefore: z.enum(EdgeNodeHealth),
  health: z.enum(EdgeNodeHealth),
  modeBefore: z.enum(EdgeNodeMode),
  mode: z.enum(EdgeNodeMode),
  note: z.string().nullable(),
  at: z.iso.datetime(),
})

/** One change of one node, with its health and mode before and right after. */
export type EdgeNodeChange = z.infer<typeof edgeNodeChange>

/** Every change of every node of a tenant. */
export const edgeNodeChangedTopic = defineEventTopic({
  name: 'edge-nodes',
  version: 1,
  payload: edgeNodeChange,
})
