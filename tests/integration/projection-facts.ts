// What happens to streams and edge nodes, round by round, and what of it is left, computed from the facts alone.
import { nodeSamples } from '../../src/modules/infrastructure/node-samples.dataset.ts'
import { streamingDatasets } from '../../src/modules/streaming/streaming.datasets.ts'
import { uuidv7 } from '../../src/platform/ids.ts'

/** The datasets whose facts move state. */
export const projectedDatasets = [...streamingDatasets, nodeSamples]

type Stream = { readonly name: string; readonly clip: string; readonly recording: string }
type Item = Readonly<Record<string, unknown>> & {
  readonly event_id: string
  readonly internal_name: string
  readonly time: number
}
export type Fact = {
  readonly dataset: 'stream_events' | 'stream_health_samples' | 'track_list_events'
  readonly item: Item
}
/** A stream as the graph tells it. */
export type Told = Readonly<Record<string, unknown>>

const iso = (ms: number): string => new Date(ms).toISOString()
const newest = (items: readonly Item[]): Item =>
  items.toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1)).at(-1)!

/**
 * In each round every stream goes on or off the air, its clip is cut further, and a sample and a track list come
 * whose times are no later than the last ones: they jump. One clip becomes ready and one recording is complete in
 * each round, until all are.
 */
export const createFactsOfStreams = (streams: readonly Stream[]) => {
  const start = Date.now() - 3_600_000
  // Later than the start of a recording, which was told by the clock of now.
  const afterAll = Date.now() + 1_000
  const sent: Fact[] = []
  let round = 0
  const jumping = (by: number): number => start + ((round * by) % 101) * 10_000

  const next = (): Fact[] => {
    round += 1
    const facts = streams.flatMap(
      ({ name: internal_name, clip: clip_id, recording: recording_id }, index) => {
        const of = (time: number, more: object): Item => ({
          event_id: uuidv7(),
          internal_name,
          time,
          ...more,
        })
        const onAir = round % 2 === 1 ? 'stream_start' : 'stream_end'
        const time = start + round * 1_000
        const isReady = round - 1 === index
        const cut = isReady ? { status: 'ready', size_bytes: round } : { status: 'progress', progress: round }
        const events = [
          of(time, { event_type: onAir }),
          of(time, { event_type: 'clip_lifecycle', clip_id, ...cut }),
          ...(round - 1 === (index + 3) % streams.length
            ? [of(afterAll, { event_type: 'recording_complete', recording_id, size_bytes: round })]
            : []),
        ]
        const health = of(jumping(37), {
          health_score: round,
          ...(round % 3 > 0 && { fps: round + 0.5 }),
        })
        const list = of(jumping(59), {
          track_count: round,
          ...(round % 4 > 0 && { quality_tier: `t${round}` }),
        })
        return [
          ...events.map((item): Fact => ({ dataset: 'stream_events', item })),
          { dataset: 'stream_health_samples', item: health } satisfies Fact,
          { dataset: 'track_list_events', item: list } satisfies Fact,
        ]
      },
    )
    sent.push(...facts)
    return facts
  }

  /** What is left of all that was sent of a stream. */
  const said = (name: string): Told => {
    const own = sent.filter(({ item }) => item.internal_name === name)
    const of = (dataset: Fact['dataset']) =>
      own.filter((fact) => fact.dataset === dataset).map(({ item }) => item)
    const events = (type: string) => of('stream_events').filter((item) => item['event_type'] === type)
    const [sample, list] = [newest(of('stream_health_samples')), newest(of('track_list_events'))]
    const ready = events('clip_lifecycle').find((item) => item['status'] === 'ready')
    const complete = events('recording_complete')[0]
    return {
      internalName: name,
      status: round % 2 === 1 ? 'LIVE' : 'OFFLINE',
      state: {
        lastSeenAt: iso(Math.max(...own.map(({ item }) => item.time))),
        healthAt: iso(sample.time),
        healthScore: sample['health_score'],
        fps: sample['fps'] ?? null,
        tracksAt: iso(list.time),
        trackCount: list['track_count'],
        qualityTier: list['quality_tier'] ?? '',
      },
      clips: {
        nodes: [
          ready
            ? { status: 'READY', progress: 100, sizeBytes: String(ready['size_bytes']) }
            : { status: 'PROCESSING', progress: round, sizeBytes: null },
        ],
      },
      recordings: {
        nodes: [
          complete
            ? { status: 'FINISHED', sizeBytes: String(complete['size_bytes']) }
            : { status: 'RECORDING', sizeBytes: null },
        ],
      },
    }
  }

  return {
    next,
    said,
    rounds: () => round,
    count: (dataset: Fact['dataset']) => sent.filter((fact) => fact.dataset === dataset).length,
  }
}

/**
 * In each round every node sends a sample, whose times jump. They lie ahead, within what a clock may be, so that no node is silent
 * when all is over.
 */
export const createFactsOfNodes = (slugs: readonly string[]) => {
  const start = Date.now() + 90_000
  const sent: { readonly slug: string; readonly time: number; readonly health_score: number }[] = []
  let round = 0

  const next = () => {
    round += 1
    const samples = slugs.map((slug, index) => ({
      slug,
      time: start + ((round * 37) % 101) * 1_000,
      health_score: (round * 29 + index * 31) % 101,
    }))
    sent.push(...samples)
    return samples.map(({ slug: node_id, ...sample }) => ({
      dataset: 'node_samples',
      item: { event_id: uuidv7(), node_id, ...sample },
    }))
  }

  const said = (slug: string): Told => {
    const own = sent.filter((sample) => sample.slug === slug).toSorted((a, b) => a.time - b.time)
    const { time, health_score } = own.at(-1)!
    const health = health_score >= 80 ? 'HEALTHY' : health_score >= 50 ? 'DEGRADED' : 'UNHEALTHY'
    return { slug, health, healthScore: health_score, lastHeartbeatAt: iso(time) }
  }

  return { next, said, count: () => sent.length }
}
