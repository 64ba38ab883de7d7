import { smoothstep, unit } from './random.ts'
import type { DemoStream, World } from './world.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const SKIPPED = 20

export type Broadcast = { readonly startedAt: number; readonly endsAt: number }

/** The broadcast of a show or event that begins on this UTC day; undefined when it has the day off. */
const broadcastOfDay = (world: World, stream: DemoStream, day: number): Broadcast | undefined => {
  if (stream.rhythm === 'show' && unit(world.seed, SKIPPED, stream.index, day) < 0.15) return undefined
  const startedAt = day * DAY_MS + stream.startMinuteUtc * MINUTE_MS
  return { startedAt, endsAt: startedAt + stream.durationMinutes * MINUTE_MS }
}

const isOn = (broadcast: Broadcast | undefined, timeMs: number): boolean =>
  broadcast !== undefined && timeMs >= broadcast.startedAt && timeMs < broadcast.endsAt

/**
 * The broadcast that is on air at this time. A stream that never ends is told as one that began at midnight
 * UTC.
 */
export const broadcastAt = (world: World, stream: DemoStream, timeMs: number): Broadcast | undefined => {
  const day = Math.floor(timeMs / DAY_MS)
  if (stream.rhythm === 'always') return { startedAt: day * DAY_MS, endsAt: Infinity }
  // One after the other: this is asked for every stream at every moment of the history.
  const yesterdays = broadcastOfDay(world, stream, day - 1)
  if (isOn(yesterdays, timeMs)) return yesterdays
  const todays = broadcastOfDay(world, stream, day)
  return isOn(todays, timeMs) ? todays : undefined
}

/** The broadcasts that begin or end in [fromMs, toMs), or go on in it. */
export const broadcastsBetween = (
  world: World,
  stream: DemoStream,
  fromMs: number,
  toMs: number,
): Broadcast[] => {
  const found: Broadcast[] = []
  for (let day = Math.floor(fromMs / DAY_MS) - 1; day * DAY_MS < toMs; day++) {
    const always = { startedAt: day * DAY_MS, endsAt: Infinity }
    const broadcast = stream.rhythm === 'always' ? always : broadcastOfDay(world, stream, day)
    if (broadcast && broadcast.startedAt < toMs && broadcast.endsAt >= fromMs) found.push(broadcast)
  }
  return found
}

/** The streams that are on air, biggest first. */
export const onAir = (world: World, timeMs: number): DemoStream[] =>
  world.streams.filter((stream) => broadcastAt(world, stream, timeMs) !== undefined)

/** LIVE on air; the flash event is ENDED for six hours after its end; everything else is OFFLINE. */
export const streamStatusAt = (
  world: World,
  stream: DemoStream,
  timeMs: number,
): 'LIVE' | 'OFFLINE' | 'ENDED' => {
  if (broadcastAt(world, stream, timeMs)) return 'LIVE'
  if (stream.rhythm !== 'flash') return 'OFFLINE'
  const day = Math.floor(timeMs / DAY_MS)
  const over = [day - 1, day].some((candidate) => {
    const endsAt = broadcastOfDay(world, stream, candidate)?.endsAt ?? Infinity
    return timeMs >= endsAt && timeMs < endsAt + 6 * 3_600_000
  })
  return over ? 'ENDED' : 'OFFLINE'
}

/**
 * The part of its audience that a stream has at this time, 0 to 1: 0 off air; people drop in over the first
 * minutes (a crowd rushes into the flash event) and leave before the end.
 */
export const turnout = (world: World, stream: DemoStream, timeMs: number): number => {
  if (stream.rhythm === 'always') return 1
  const broadcast = broadcastAt(world, stream, timeMs)
  if (!broadcast) return 0
  const fillMinutes = stream.rhythm === 'flash' ? 4 : 9
  const arrived = 1 - Math.exp(-(timeMs - broadcast.startedAt + 20_000) / (fillMinutes * MINUTE_MS))
  const leaving = 1 - 0.55 * smoothstep(1 - (broadcast.endsAt - timeMs) / (10 * MINUTE_MS))
  return arrived * leaving
}
