import { newestDigest } from '../../platform/bus/newest.fold.ts'
import { defineStateTopic } from '../../platform/bus/topics.ts'
import { streamHealthSample } from './stream-health-sample.ts'

/** State topic `stream-health` of a tenant, published by the ingest writer after each insert. */
export const streamHealthTopic = defineStateTopic({
  name: 'stream-health',
  version: 1,
  payload: newestDigest(streamHealthSample),
})
