import type { Core } from '../core.ts'
import './stream.schema.ts'
import './stream.mutations.schema.ts'
import { createStreamService } from './stream.service.ts'
import { createStreamStore } from './stream.store.ts'

/** Video streams and their keys. */
export const createStreaming = (core: Core) => {
  const store = createStreamStore(core)
  const { reads, keyReads } = store
  return { streams: { reads, keyReads, service: createStreamService({ store }) } }
}
