import { z } from 'zod'
import { RecordingStatus } from '../../../generated/prisma/enums.ts'
import { defineEventTopic } from '../../platform/bus/topics.ts'

/** A recording that started or ended, with its state right after. `id` is the event's own. */
const recordingChange = z.object({
  id: z.uuid(),
  recordingId: z.uuid(),
  streamId: z.uuid(),
  status: z.enum(RecordingStatus),
  at: z.iso.datetime(),
})

/** Every change of every recording of a tenant. */
export const recordingChangedTopic = defineEventTopic({
  name: 'recordings',
  version: 1,
  payload: recordingChange,
})
