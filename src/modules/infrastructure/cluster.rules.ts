import { z } from 'zod'
import { ClusterType } from '../../../generated/prisma/enums.ts'
import { nameOf } from '../../platform/texts.ts'

const name = nameOf(200)
const type = z.enum(ClusterType)
const region = z.string().max(128)
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'an address that begins with http:// or https:// is expected' })
  .max(2_048)
  .nullish()
const limit = z.number().int().min(1).nullish()
/** What a cluster, or one tenant in it, may carry. */
export const limits = { maxStreams: limit, maxViewers: limit, maxBandwidthMbps: limit }

export const newCluster = z.object({
  slug: nameOf(128),
  name: name.nullish(),
  type: type.nullish(),
  region: region.nullish(),
  baseUrl,
  ...limits,
})
export type NewCluster = z.input<typeof newCluster>

/** What is absent stays. Null clears what can be empty, and is refused for what can't. */
export const clusterChange = z.object({
  name: name.optional(),
  type: type.optional(),
  region: region.optional(),
  baseUrl,
  ...limits,
})
/** `null` is for the schema to refuse where nothing can be cleared. */
export type ClusterChange = {
  [K in keyof z.input<typeof clusterChange>]?: z.input<typeof clusterChange>[K] | null
}
