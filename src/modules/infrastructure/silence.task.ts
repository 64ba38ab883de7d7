import { programActor } from '../../auth/actor.ts'
import { trustedPermit, type Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Task } from '../../platform/tasks.ts'
import type { TenantService } from '../tenancy/tenant.service.ts'
import { silentFor } from './silence.rules.ts'

type Watched = Awaited<ReturnType<TenantService['withSilent']>>[number]['watched']
type TellSilent = { tellSilent(permit: Permit<'infrastructure:write'>): Promise<unknown> }

/** Who tells, by what is watched, as events and answers name it. */
const watchers = {
  edgeNode: programActor('edge-node-watch'),
  serviceInstance: programActor('service-watch'),
} as const satisfies Record<Watched, unknown>

/**
 * Silence is told when it is there, and not when somebody asks: one question a second for all that is watched of all
 * tenants.
 */
export const silenceTask = (deps: {
  /** The tenants that have something that was heard last before that and was not told to be silent. */
  readonly silent: TenantService['withSilent']
  readonly services: Readonly<Record<Watched, TellSilent>>
  readonly clock: Clock
}): Task => ({
  name: 'edge nodes and service instances that fell silent',
  everyMs: 1_000,
  run: async () => {
    const { silent, services, clock } = deps
    for (const { tenant, watched } of await silent(silentFor(new Date(clock.now()))))
      await services[watched].tellSilent(trustedPermit(tenant, watchers[watched]))
  },
})
