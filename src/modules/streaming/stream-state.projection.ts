import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import { projection } from '../../ingest/projection.ts'
import type { TenantId } from '../../platform/ids.ts'
import { streamEvents } from './stream-events.dataset.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'
import type { StreamStateStore } from './stream-state.store.ts'
import { trackListEvents } from './track-lists.dataset.ts'

type Follows = { readonly streamStates: { readonly service: StreamStateStore } }

const permit = (tenant: TenantId) => trustedPermit<'stream:write'>(tenant, programActor('ingest'))

/** Samples of health, track lists and events move the state of their streams. */
export const streamStateProjections = ({ streamStates: { service } }: Follows) => [
  projection(streamEvents, async (tenant, rows) => void (await service.followEvents(permit(tenant), rows))),
  projection(
    streamHealthSamples,
    async (tenant, rows) => void (await service.followHealth(permit(tenant), rows)),
  ),
  projection(
    trackListEvents,
    async (tenant, rows) => void (await service.followTracks(permit(tenant), rows)),
  ),
]
