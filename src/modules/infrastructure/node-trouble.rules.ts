import type { EdgeNodeHealth as Health } from '../../../generated/prisma/enums.ts'

/** Why a node needs somebody to look at it. */
export type TroubleReason =
  | 'DEGRADED'
  | 'UNHEALTHY'
  | 'STALE'
  | 'CPU_HIGH'
  | 'MEMORY_HIGH'
  | 'DISK_NEARLY_FULL'

/** From these on, in percent: those at which operators of such fleets are called. */
export const troubleFrom = { cpu: 95, memory: 95, disk: 90 } as const
/** A measure of a node that is high now, and since when its samples say so, one after another. */
export type High = { readonly percent: number; readonly since: Date }
export type HighLoad = {
  readonly nodeId: string
  readonly cpu: High | null
  readonly memory: High | null
  readonly disk: High | null
}

/** More at once than anybody looks at one by one. */
export const MAX_IN_TROUBLE = 500

/** One thing that is wrong with a node. */
export type NodeTrouble = {
  readonly reason: TroubleReason
  readonly since: Date
  /** How full it is now; null for health. */
  readonly percent: number | null
}
export type NodeInTrouble = {
  readonly nodeId: string
  /** Since when something has been wrong. */
  readonly since: Date
  readonly troubles: readonly NodeTrouble[]
}

const of = (reason: TroubleReason, high: High | null): NodeTrouble[] => (high ? [{ reason, ...high }] : [])
const sinceOf = (troubles: readonly NodeTrouble[]): Date =>
  troubles.reduce((first, { since }) => (since < first ? since : first), troubles[0]!.since)

/** What is wrong with which node, newest trouble first. */
export const inTrouble = (
  unwell: readonly { readonly slug: string; readonly health: Health; readonly healthSince: Date }[],
  full: readonly HighLoad[],
): NodeInTrouble[] => {
  const all = [
    ...unwell.flatMap(({ slug, health, healthSince }) =>
      health === 'HEALTHY'
        ? []
        : [{ nodeId: slug, trouble: { reason: health, since: healthSince, percent: null } }],
    ),
    ...full.flatMap(({ nodeId, cpu, memory, disk }) =>
      [...of('CPU_HIGH', cpu), ...of('MEMORY_HIGH', memory), ...of('DISK_NEARLY_FULL', disk)].map(
        (trouble) => ({
          nodeId,
          trouble,
        }),
      ),
    ),
  ]
  return [...Map.groupBy(all, ({ nodeId }) => nodeId)]
    .map(([nodeId, own]) => {
      const troubles = own.map(({ trouble }) => trouble)
      return { nodeId, since: sinceOf(troubles), troubles }
    })
    .toSorted((a, b) => b.since.getTime() - a.since.getTime() || (a.nodeId < b.nodeId ? -1 : 1))
}
