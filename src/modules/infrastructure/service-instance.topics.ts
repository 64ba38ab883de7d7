import { z } from 'zod'
import { ServiceInstanceHealth, ServiceInstanceStatus } from '../../../generated/prisma/enums.ts'
import { defineEventTopic } from '../../platform/bus/topics.ts'

const serviceInstanceChanges = ['REGISTERED', 'STATUS_CHANGED', 'HEALTH_CHANGED', 'DEREGISTERED'] as const

const serviceInstanceChange = z.object({
  /** The event's own. */
  id: z.uuid(),
  serviceInstanceId: z.uuid(),
  slug: z.string(),
  serviceId: z.uuid(),
  clusterId: z.uuid(),
  edgeNodeId: z.uuid().nullable(),
  kind: z.enum(serviceInstanceChanges),
  actor: z.string(),
  statusBefore: z.enum(ServiceInstanceStatus),
  status: z.enum(ServiceInstanceStatus),
  healthBefore: z.enum(ServiceInstanceHealth),
  health: z.enum(ServiceInstanceHealth),
  at: z.iso.datetime(),
})

/** One change of one instance, with its status and health before and right after. */
export type ServiceInstanceChange = z.infer<typeof serviceInstanceChange>

/** Every change of every service instance of a tenant. */
export const serviceInstanceChangedTopic = defineEventTopic({
  name: 'service-instances',
  version: 1,
  payload: serviceInstanceChange,
})
