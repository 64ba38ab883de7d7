import { z } from 'zod'

const measured = z.number().nullable()

/** A sample as it is told: on the bus, and in answers. Null for what was not measured. */
export const streamHealthSample = z
  .object({
    eventId: z.string(),
    timeMs: z.int(),
    internalName: z.string(),
    nodeId: z.string(),
    bitrateKbps: measured,
    fps: measured,
    gopSize: measured,
    width: measured,
    height: measured,
    bufferSizeMs: measured,
    bufferUsedMs: measured,
    /** FULL, EMPTY, DRY, RECOVER, or empty for unknown. */
    bufferState: z.string(),
    packetsSent: measured,
    packetsLost: measured,
    packetsRetransmitted: measured,
    codec: z.string(),
    profile: z.string(),
    frameJitterMs: measured,
    keyframeStabilityMs: measured,
    issues: z.string(),
    healthScore: measured,
    audioCodec: z.string(),
    audioChannels: measured,
    audioSampleRate: measured,
    audioBitrateKbps: measured,
  })
  .readonly()

export type StreamHealthSample = z.output<typeof streamHealthSample>
