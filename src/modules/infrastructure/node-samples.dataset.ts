import { defineDataset } from '../../ingest/dataset.ts'
import { boolean, document, number, texts, thousandth, time, uint64, whole } from '../../ingest/fields.ts'
import { latitude, longitude } from '../../ingest/places.fields.ts'
import { nameOfNode } from './node-name.field.ts'

const percent = () => number(0, 100, thousandth).optional()
/** A petabyte. */
const bytes = () => uint64(10n ** 15n).optional()
/** Bits a second. A node has some 100 Gbit/s, and the sum of a year still fits into 64 bits. */
const speed = () => whole(0, 10_000_000_000_000).optional()
const count = () => whole(0, 100_000_000).optional()

/** How much an edge node does, at an instant, and how well it is. What is left out was not measured. */
export const nodeSamples = defineDataset({
  name: 'node_samples',
  fields: {
    time: time(),
    node_id: nameOfNode,
    cpu_percent: percent(),
    memory_percent: percent(),
    // Of its fullest disk.
    disk_percent: percent(),
    ram_max: bytes(),
    ram_current: bytes(),
    // Of the video that it takes in and gives out.
    bandwidth_in: speed(),
    bandwidth_out: speed(),
    // Of its network as a whole.
    up_speed: speed(),
    down_speed: speed(),
    connections_current: count(),
    stream_count: count(),
    // As edge-node.rules.ts reads them: a sample is a heartbeat.
    health_score: whole(0, 100).optional(),
    is_healthy: boolean().optional(),
    latitude: latitude.optional(),
    longitude: longitude.optional(),
    tags: texts({ many: 32, max: 64 }).default([]),
    metadata: document({ chars: 16_384, depth: 8 }),
  },
  // As FrameWorks' tables have them.
  aliases: {
    time: ['timestamp'],
    cpu_percent: ['cpu_usage'],
    memory_percent: ['memory_usage'],
    disk_percent: ['disk_usage'],
  },
})
