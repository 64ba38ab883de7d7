import { z } from 'zod'
import { ClipStatus } from '../../../generated/prisma/enums.ts'
import { defineEventTopic } from '../../platform/bus/topics.ts'

export const clipChanges = ['REQUESTED', 'UPDATED', 'PROGRESSED', 'DELETED'] as const

const clipChange = z.object({
  /** The event's own. */
  id: z.uuid(),
  clipId: z.uuid(),
  streamId: z.uuid(),
  kind: z.enum(clipChanges),
  actor: z.string(),
  /** Null for a clip that was not there before. */
  before: z.enum(ClipStatus).nullable(),
  status: z.enum(ClipStatus),
  progress: z.number().int(),
  at: z.iso.datetime(),
})

/** One change of one clip, with its status before and right after. */
export type ClipChange = z.infer<typeof clipChange>

/** Every change of every clip of a tenant. */
export const clipChangedTopic = defineEventTopic({ name: 'clips', version: 1, payload: clipChange })
