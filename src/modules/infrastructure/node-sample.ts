import { z } from 'zod'

const measured = z.number().nullable()

/** A sample as it is told: on the bus, and in answers. Null for what was not measured. */
export const nodeSample = z
  .object({
    eventId: z.string(),
    timeMs: z.int(),
    nodeId: z.string(),
    cpuPercent: measured,
    memoryPercent: measured,
    diskPercent: measured,
    ramMaxBytes: measured,
    ramCurrentBytes: measured,
    /** These four in bits a second. */
    bandwidthInBps: measured,
    bandwidthOutBps: measured,
    upSpeedBps: measured,
    downSpeedBps: measured,
    connections: measured,
    streams: measured,
    healthScore: measured,
    isHealthy: z.boolean().nullable(),
    latitude: measured,
    longitude: measured,
    tags: z.array(z.string()).readonly(),
  })
  .readonly()

export type NodeSample = z.output<typeof nodeSample>
