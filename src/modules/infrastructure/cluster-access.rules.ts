import { z } from 'zod'
import { ClusterAccessLevel } from '../../../generated/prisma/enums.ts'
import { slug } from '../tenancy/tenant.service.ts'
import { limits } from './cluster.rules.ts'

/** Tenants that a cluster is shared with: more is a program that shares. */
export const MAX_ACCESSES = 1_000

const level = z.enum(ClusterAccessLevel)
const terms = { ...limits, expiresAt: z.date().nullish() }

export const newAccess = z.object({
  clusterId: z.string(),
  tenantSlug: slug,
  level: level.nullish(),
  ...terms,
})
export type NewAccess = z.input<typeof newAccess>

/** What is absent stays. Null clears a limit or the end, and is refused for the level. */
export const accessChange = z.object({ level: level.optional(), ...terms })
/** `null` is for the schema to refuse where nothing can be cleared. */
export type AccessChange = {
  [K in keyof z.input<typeof accessChange>]?: z.input<typeof accessChange>[K] | null
}

/** Access that holds at that moment: what a subscriber sees. */
export const holds = (at: Date) => ({ OR: [{ expiresAt: null }, { expiresAt: { gt: at } }] })
