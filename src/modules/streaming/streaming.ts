import type { Clock } from '../../platform/clock.ts'
import type { Core } from '../core.ts'
import type { TenantService } from '../tenancy/tenant.service.ts'
import './clip.schema.ts'
import './clip.mutations.schema.ts'
import './clip.live.schema.ts'
import { createClipService } from './clip.service.ts'
import { createClipStore } from './clip.store.ts'
import { retentionTask } from './clip.task.ts'
import { clipChangedTopic } from './clip.topics.ts'
import './recording.schema.ts'
import './recording.mutations.schema.ts'
import './recording.live.schema.ts'
import { createRecordingService } from './recording.service.ts'
import { createRecordingStore } from './recording.store.ts'
import { recordingChangedTopic } from './recording.topics.ts'
import './stream-key.schema.ts'
import './stream-key.mutations.schema.ts'
import { createStreamKeyService, type StreamKeyThrottles } from './stream-key.service.ts'
import { createStreamKeyStore } from './stream-key.store.ts'
import { createStreamEventQueries } from './stream-events.queries.ts'
import './stream-events.schema.ts'
import { streamEventsProjection } from './stream-events.projection.ts'
import { streamStateProjections } from './stream-state.projection.ts'
import './stream-state.schema.ts'
import { createStreamStateStore } from './stream-state.store.ts'
import './stream.schema.ts'
import './stream.mutations.schema.ts'
import './stream.live.schema.ts'
import { createStreamService } from './stream.service.ts'
import { createStreamStore } from './stream.store.ts'
import { streamChangedTopic } from './stream.topics.ts'

export const streamingTopics = [clipChangedTopic, recordingChangedTopic, streamChangedTopic]
type Followed = Parameters<typeof streamEventsProjection>[0] & Parameters<typeof streamStateProjections>[0]
/** What moves with the rows of datasets. */
export const streamingProjections = (modules: Followed) => [
  streamEventsProjection(modules),
  ...streamStateProjections(modules),
]
/** What the program does by the clock. */
export const streamingTasks = ({
  clips,
  tenants,
  clock,
}: Pick<ReturnType<typeof createStreaming>, 'clips'> & {
  tenants: { service: Pick<TenantService, 'withDueClips'> }
  clock: Clock
}) => [retentionTask({ clock, clips: clips.service, tenantsWithDueClips: tenants.service.withDueClips })]
export type StreamingDeps = { readonly throttles: StreamKeyThrottles }

/** Video streams, their keys, recordings and clips. */
export const createStreaming = (core: Core & StreamingDeps) => {
  const store = createStreamStore(core)
  const keys = createStreamKeyStore(core)
  const recordings = createRecordingStore(core)
  const clips = createClipStore(core)
  return {
    clips: { reads: clips.reads, service: createClipService({ ...core, store: clips }) },
    recordings: { reads: recordings.reads, service: createRecordingService({ ...core, store: recordings }) },
    streams: { reads: store.reads, service: createStreamService({ ...core, store }) },
    streamEvents: { queries: createStreamEventQueries(core) },
    streamStates: { service: createStreamStateStore(core) },
    streamKeys: { reads: keys.reads, service: createStreamKeyService({ ...core, store: keys }) },
  }
}
