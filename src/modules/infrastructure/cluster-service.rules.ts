import { z } from 'zod'

/** What a cluster is to have of a service. */
export const desired = z.object({
  clusterId: z.string(),
  serviceId: z.string(),
  replicas: z.number().int().min(0).max(1_000),
})
export type Desired = z.input<typeof desired>

/** A service in a cluster. */
export type ServiceInCluster = { readonly clusterId: string; readonly serviceId: string }
/** Instances that run, and of these the healthy ones. */
export type Replicas = { readonly running: number; readonly healthy: number }

/** One text for a service in a cluster, and back. */
export const placeKey = ({ clusterId, serviceId }: ServiceInCluster): string => `${clusterId} ${serviceId}`
export const placeOfKey = (key: string): ServiceInCluster => {
  const [clusterId, serviceId] = key.split(' ')
  return { clusterId: clusterId!, serviceId: serviceId! }
}
