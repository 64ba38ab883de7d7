/**
 * How well a stream came in, in a time. Null where no sample has what it is made of: that nothing was measured
 * is not the same as 0. `docs/stream-health.md` defines the words.
 */
export type StreamHealthValues = {
  /** Number of samples. */
  readonly samples: number
  /** Mean of the samples that have one, 0 to 100; so are the other means. */
  readonly healthScore: number | null
  readonly minHealthScore: number | null
  readonly maxHealthScore: number | null
  readonly bitrateKbps: number | null
  readonly fps: number | null
  readonly frameJitterMs: number | null
  readonly keyframeStabilityMs: number | null
  /** Lost packets among those that were sent, 0 to 1. */
  readonly packetLoss: number | null
  /** Samples with a dry buffer among those that name its state, 0 to 1. */
  readonly rebuffering: number | null
  /** Number of samples that name an issue. */
  readonly samplesWithIssues: number
}

/** Of each measure its sum, and how many samples have it. */
export type HealthSums = {
  readonly all: number
  readonly scored: number
  readonly score: number
  readonly least_score: number | null
  readonly most_score: number | null
  readonly with_bitrate: number
  readonly bitrate: number
  readonly with_fps: number
  readonly fps: number
  readonly with_jitter: number
  readonly jitter: number
  readonly with_keyframes: number
  readonly keyframes: number
  readonly sent: number
  readonly lost: number
  readonly dry: number
  readonly with_state: number
  readonly troubled: number
}

export const nothingMeasured: StreamHealthValues = {
  samples: 0,
  healthScore: null,
  minHealthScore: null,
  maxHealthScore: null,
  bitrateKbps: null,
  fps: null,
  frameJitterMs: null,
  keyframeStabilityMs: null,
  packetLoss: null,
  rebuffering: null,
  samplesWithIssues: 0,
}

/** Null for a part of nothing. */
const ratio = (part: number, of: number): number | null => (of > 0 ? part / of : null)

/** Sums become means and ratios here and nowhere else. */
export const healthOf = (sums: HealthSums): StreamHealthValues => ({
  samples: sums.all,
  healthScore: ratio(sums.score, sums.scored),
  minHealthScore: sums.least_score,
  maxHealthScore: sums.most_score,
  bitrateKbps: ratio(sums.bitrate, sums.with_bitrate),
  fps: ratio(sums.fps, sums.with_fps),
  frameJitterMs: ratio(sums.jitter, sums.with_jitter),
  keyframeStabilityMs: ratio(sums.keyframes, sums.with_keyframes),
  packetLoss: ratio(sums.lost, sums.sent),
  rebuffering: ratio(sums.dry, sums.with_state),
  samplesWithIssues: sums.troubled,
})
