import { z } from 'zod'
import { DeliveryFailure, NotificationKind, NotificationStatus } from '../../../generated/prisma/enums.ts'
import { defineEventTopic } from '../../platform/bus/topics.ts'

const notificationChange = z.object({
  /** Also what makes publishing it twice harmless. */
  id: z.uuid(),
  notificationId: z.uuid(),
  channelId: z.uuid(),
  kind: z.enum(NotificationKind),
  dedupKey: z.string(),
  status: z.enum(NotificationStatus),
  /** Why the attempt failed that this tells of; null for what is queued or delivered, and without an attempt. */
  failure: z.enum(DeliveryFailure).nullable(),
  error: z.string().nullable(),
  attempts: z.number().int(),
  at: z.iso.datetime(),
})

/** One change of one message: it was queued, delivered, not delivered by an attempt, or given up. */
export type NotificationChange = z.infer<typeof notificationChange>

/** Every change of every message of a tenant. */
export const notificationChangedTopic = defineEventTopic({
  name: 'notifications',
  version: 1,
  payload: notificationChange,
  keep: 10_000,
})
