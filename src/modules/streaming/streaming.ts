import type { Core } from '../core.ts'
import './recording.schema.ts'
import './recording.mutations.schema.ts'
import './recording.live.schema.ts'
import { createRecordingService } from './recording.service.ts'
import { createRecordingStore } from './recording.store.ts'
import { recordingChangedTopic } from './recording.topics.ts'
import './stream.schema.ts'
import './stream.mutations.schema.ts'
import { createStreamService } from './stream.service.ts'
import { createStreamStore } from './stream.store.ts'

export const streamingTopics = [recordingChangedTopic]

/** Video streams, their keys and their recordings. */
export const createStreaming = (core: Core) => {
  const store = createStreamStore(core)
  const { reads, keyReads } = store
  const recordings = createRecordingStore(core)
  return {
    recordings: { reads: recordings.reads, service: createRecordingService({ ...core, store: recordings }) },
    streams: { reads, keyReads, service: createStreamService({ store }) },
  }
}
