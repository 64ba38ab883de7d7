import { degradationsBetween, type Mode } from './degradations.ts'
import { rowUuid } from './random.ts'
import { broadcastsBetween, broadcastAt } from './schedule.ts'
import { nodeOf } from './stream-health.ts'
import type { DemoStream, World } from './world.ts'

/** One item of `POST /ingest/stream_events`. */
export type StreamEventItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly internal_name: string
  readonly node_id: string
  readonly event_type: 'stream_start' | 'stream_end' | 'stream_buffer'
  readonly status: string
  readonly message: string
}

const tell = (
  world: World,
  stream: DemoStream,
  time: number,
  event_type: StreamEventItem['event_type'],
  status = '',
  message = '',
): StreamEventItem => {
  const key = `${stream.internalName}|${event_type}|${status}`
  return {
    event_id: rowUuid(world.seed, 'stream_events', key, time),
    time,
    internal_name: stream.internalName,
    node_id: nodeOf(stream).nodeId,
    event_type,
    status,
    message,
  }
}

/** A broadcast begins and ends as the schedule has it. */
const schedule = (world: World, stream: DemoStream, fromMs: number, toMs: number): StreamEventItem[] =>
  broadcastsBetween(world, stream, fromMs, toMs).flatMap(({ startedAt, endsAt }) => [
    tell(world, stream, startedAt, 'stream_start'),
    ...(endsAt === Infinity ? [] : [tell(world, stream, endsAt, 'stream_end')]),
  ])

/** What a stream's edge node meets, it meets while it is on the air. */
const troubles = (world: World, fromMs: number, toMs: number, mode: Mode): StreamEventItem[] =>
  degradationsBetween(world, fromMs - 1, toMs, mode).flatMap(({ node, condition, startsAt, endsAt }) =>
    world.streams
      .filter((stream) => nodeOf(stream) === node)
      .flatMap((stream) => {
        const message = condition.title.replace('{node}', node.nodeId)
        return [
          ...(broadcastAt(world, stream, startsAt)
            ? [tell(world, stream, startsAt, 'stream_buffer', 'DRY', message)]
            : []),
          ...(broadcastAt(world, stream, endsAt)
            ? [tell(world, stream, endsAt, 'stream_buffer', 'FULL', message)]
            : []),
        ]
      }),
  )

/**
 * Every event of a stream in [fromMs, toMs), by time: its broadcasts, and the troubles of its edge node. However a span
 * is cut, its events are the same.
 */
export const streamEventsBetween = (
  world: World,
  fromMs: number,
  toMs: number,
  mode: Mode = 'live',
): StreamEventItem[] =>
  [
    ...world.streams.flatMap((stream) => schedule(world, stream, fromMs, toMs)),
    ...troubles(world, fromMs, toMs, mode),
  ]
    .filter(({ time }) => time >= fromMs && time < toMs)
    .toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1))
