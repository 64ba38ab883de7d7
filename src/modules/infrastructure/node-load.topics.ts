import { newestDigest } from '../../platform/bus/newest.fold.ts'
import { defineStateTopic } from '../../platform/bus/topics.ts'
import { nodeSample } from './node-sample.ts'

/** State topic `node-load` of a tenant, published by the ingest writer after each insert. */
export const nodeLoadTopic = defineStateTopic({
  name: 'node-load',
  version: 1,
  payload: newestDigest(nodeSample),
})
