import type { TenantId } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import { createLane } from './at-once.ts'

/** Tenants at once, to whose incidents something is done. */
const TENANTS = 3
/**
 * So long after its beginning a tick gives turns, when all else of it is done: less than there is between two ticks, so that
 * the last turn ends before the next one, since a breach that is over before anybody looks is never seen.
 */
const SETTLE_MS = 4_000

/**
 * Does what is owed to the incidents of tenants: a part of it in a turn, and then the others have theirs. What a tick leaves
 * the next one goes on with, so that a burst of one tenant holds up no rule of anybody.
 */
export const createSettling = ({
  act,
  log,
  settleMs = SETTLE_MS,
}: {
  /** Does a part of what stands in the rows of a tenant's series. True while there may be more. */
  readonly act: (tenant: TenantId) => Promise<boolean>
  readonly log: Logger
  readonly settleMs?: number | undefined
}) => {
  const owed = new Set<TenantId>()

  return {
    /** There is something to be done to incidents of a tenant. */
    owe: (tenant: TenantId): void => void owed.add(tenant),
    owes: (tenant: TenantId): boolean => owed.has(tenant),
    /** Those to whose incidents something is to be done, who waited longest first. */
    tenants: (): readonly TenantId[] => [...owed],
    /**
     * Begins the turns of a tick that began then, by `performance.now()`. Also in one that is late who waited longest has
     * a turn, as many as are done at once.
     */
    begin: (startedMs: number) => {
      const lane = createLane(TENANTS)
      const first = new Set([...owed].slice(0, TENANTS))
      let untilMs = Infinity
      const turn = async (tenant: TenantId): Promise<void> => {
        const waitedLongest = first.delete(tenant)
        if (!waitedLongest && performance.now() >= untilMs) return
        try {
          const more = await act(tenant)
          owed.delete(tenant)
          if (!more) return
        } catch (error) {
          owed.delete(tenant)
          owed.add(tenant) // behind all others: it had its turn
          log.warn(
            { err: error, tenant },
            'Incidents of alert rules wait for their change; it is tried again',
          )
          return
        }
        owed.add(tenant) // behind all others, also at the next tick
        lane.add(() => turn(tenant))
      }
      return {
        add: (tenant: TenantId): void => lane.add(() => turn(tenant)),
        /** All else of the tick is done. Resolves when nobody's turn is under way any more. */
        end: async (): Promise<void> => {
          untilMs = startedMs + settleMs
          await lane.end()
        },
      }
    },
  }
}
