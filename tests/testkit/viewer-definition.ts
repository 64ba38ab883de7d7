import { expect } from 'vitest'
import type { TestSample } from './viewer-samples.ts'

const MINUTE = 60_000

type Bucket = { audiences: number[]; samples: number }

const keyOf = ({ node, country, type }: TestSample) => `${node}|${country}|${type}`

/** The definition (docs/viewers.md), written down once more without SQL: minutes, in thousandths of a viewer. */
export const byMinutes = (samples: readonly TestSample[], stepMs: number) => {
  const buckets = new Map<number, Bucket>()
  for (const [minute, rows] of Map.groupBy(samples, ({ time }) => Math.floor(time / MINUTE))) {
    const start = Math.floor((minute * MINUTE) / stepMs) * stepMs
    const bucket = buckets.get(start) ?? { audiences: [], samples: 0 }
    buckets.set(start, bucket)
    const means = Array.from(Map.groupBy(rows, keyOf).values(), (list) =>
      Math.round((1000 * list.reduce((total, { viewers }) => total + viewers, 0)) / list.length),
    )
    bucket.audiences.push(means.reduce((a, b) => a + b, 0))
    bucket.samples += rows.length
  }
  return buckets
}

/**
 * The same below a minute: what viewers now says at the end of each bucket, or now where it still runs. A bucket ends
 * where the next one starts, which a change of clocks brings nearer.
 */
export const byInstants = (
  samples: readonly TestSample[],
  stepMs: number,
  starts: readonly Date[],
  nowMs: number,
) => {
  const buckets = new Map<number, Bucket>()
  for (const [index, time] of starts.entries()) {
    const start = time.getTime()
    const end = Math.min(start + stepMs, starts[index + 1]?.getTime() ?? Infinity)
    const oldest = Math.min(end, nowMs + 1) - MINUTE
    const fresh = samples.filter(({ time }) => time >= oldest && time < end)
    const latest = Array.from(Map.groupBy(fresh, keyOf).values(), (list) =>
      list.reduce((last, each) => (each.time >= last.time ? each : last)),
    )
    if (latest.length === 0 || start > nowMs) continue
    buckets.set(start, {
      audiences: [1000 * latest.reduce((total, { viewers }) => total + viewers, 0)],
      samples: fresh.filter((each) => each.time >= start).length,
    })
  }
  return buckets
}

export const pointOf = (time: Date, bucket: Bucket | undefined, stepMs: number) => {
  if (!bucket) return { time, average: null, peak: null, minutes: 0, viewerMinutes: 0, samples: 0 }
  const sum = bucket.audiences.reduce((a, b) => a + b, 0)
  const minutes = bucket.audiences.length * (Math.min(stepMs, MINUTE) / MINUTE)
  return {
    time,
    average: sum / bucket.audiences.length / 1000,
    peak: Math.round(Math.max(...bucket.audiences) / 1000),
    minutes,
    viewerMinutes: expect.closeTo((sum / bucket.audiences.length / 1000) * minutes, 6),
    samples: bucket.samples,
  }
}
