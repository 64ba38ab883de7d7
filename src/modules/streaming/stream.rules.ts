import { nameOf } from '../../platform/texts.ts'

/**
 * What a stream is called by in samples. Ingest and `createStream` hold to the same, so that whatever is
 * counted can have its stream.
 */
export const internalName = nameOf(128)
