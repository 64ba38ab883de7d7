import { z } from 'zod'
import { StreamStatus } from '../../../generated/prisma/enums.ts'
import { defineEventTopic } from '../../platform/bus/topics.ts'

export const streamChanges = ['CREATED', 'UPDATED', 'STATUS_CHANGED', 'DELETED'] as const

const streamChange = z.object({
  /** The event's own. */
  id: z.uuid(),
  streamId: z.uuid(),
  kind: z.enum(streamChanges),
  actor: z.string(),
  /** Null for a stream that was not there before. */
  before: z.enum(StreamStatus).nullable(),
  status: z.enum(StreamStatus),
  at: z.iso.datetime(),
})

/** One change of one stream, with its status before and right after. */
export type StreamChange = z.infer<typeof streamChange>

/** Every change of every stream of a tenant. */
export const streamChangedTopic = defineEventTopic({
  name: 'streams',
  version: 1,
  payload: streamChange,
})
