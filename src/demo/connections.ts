import { nodeStatesAt, type NodeState } from './degradations.ts'
import { dailyCurve } from './geography.ts'
import { mix, rowUuid, unit } from './random.ts'
import { turnout } from './schedule.ts'
import type { Cell, DemoStream, World } from './world.ts'

/** One item of `POST /ingest/connection_events`. */
export type ConnectionEventItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly internal_name: string
  readonly session_id: string
  readonly event_type: 'connect' | 'disconnect'
  readonly node_id: string
  readonly connector: string
  readonly address: string
  readonly user_agent: string
  readonly country_code: string
  readonly city: string
  readonly latitude: number
  readonly longitude: number
  readonly session_duration_s: number
  readonly bytes_transferred: number
}

/**
 * Connections are told of every hundredth viewer: of all of them a day would be two million events, and what joins
 * and leaves follow is the same.
 */
export const VIEWERS_OF_A_SEAT = 100
const MINUTE_MS = 60_000
const SHORTEST_MINUTES = 4
const LONGEST_MINUTES = 45

const SEAT = 110
const DITHER = 111

const agents = [
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36',
  'Mozilla/5.0 (Linux; Android 12; TV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0 Safari/537.36',
]

type Place = {
  readonly world: World
  readonly stream: DemoStream
  readonly cell: Cell
  readonly seat: number
}
type Session = Place & { readonly nth: number; readonly firstMinute: number }

/**
 * How many seats of a cell are taken in a minute: what its audience is before noise, which would have people come
 * and go each minute.
 */
const seatsTaken = (
  { seed }: World,
  { audience }: DemoStream,
  cell: Cell,
  present: number,
  minute: number,
) => {
  if (present === 0) return 0
  const viewers = audience * cell.share * present * dailyCurve(cell.country, minute * MINUTE_MS)
  return Math.floor(viewers / VIEWERS_OF_A_SEAT + unit(seed, DITHER, cell.salt))
}

/** A seat goes to somebody else each so many minutes: the number of who has it in this minute. */
const sessionOf = ({ world, cell, seat }: Place, minute: number): number => {
  const minutes =
    SHORTEST_MINUTES +
    Math.floor((LONGEST_MINUTES - SHORTEST_MINUTES) * unit(world.seed, SEAT, cell.salt, seat, 0) ** 2)
  return Math.floor((minute + (mix(world.seed, SEAT, cell.salt, seat, 1) % minutes)) / minutes)
}

const isTaken = ({ world, stream, cell, seat }: Place, minute: number): boolean =>
  seat < seatsTaken(world, stream, cell, turnout(world, stream, minute * MINUTE_MS), minute)

/** The minute in which a session began, from one of its minutes back. */
const firstMinuteOf = (place: Place, nth: number, minute: number): number => {
  let first = minute
  while (sessionOf(place, first - 1) === nth && isTaken(place, first - 1)) first--
  return first
}

/** Who leaves goes in the first half of a minute, who comes comes in the second. */
const momentOf = ({ world, cell, seat, nth }: Session, minute: number, what: 0 | 1): number =>
  minute * MINUTE_MS +
  Math.floor((what + unit(world.seed, SEAT, cell.salt, seat, nth, 2 + what)) * (MINUTE_MS / 2))

type StatesAt = (minute: number) => readonly NodeState[]

const tell = (
  session: Session,
  event_type: ConnectionEventItem['event_type'],
  minute: number,
  statesAt: StatesAt,
): ConnectionEventItem => {
  const { world, stream, cell, seat, nth, firstMinute } = session
  const roll = mix(world.seed, SEAT, cell.salt, seat, nth, 4)
  const leaves = event_type === 'disconnect'
  const joinedAt = momentOf(session, firstMinute, 1)
  const time = leaves ? momentOf(session, minute, 0) : joinedAt
  // Where the balancer sent this one as it came; it stays there.
  const shift = statesAt(firstMinute)[cell.node.index]?.shift ?? 0
  const node = unit(world.seed, SEAT, cell.salt, seat, nth, 5) < shift ? cell.fallback : cell.node
  const seconds = leaves ? Math.round((time - joinedAt) / 1_000) : 0
  const key = `${stream.internalName}|${cell.salt}|${seat}|${nth}`
  return {
    event_id: rowUuid(world.seed, 'connection_events', `${key}|${event_type}`, time),
    time,
    internal_name: stream.internalName,
    session_id: rowUuid(world.seed, 'connections', key, joinedAt),
    event_type,
    node_id: node.nodeId,
    connector: cell.connectionType.toLowerCase(),
    // RFC 2544: addresses of nobody.
    address: `198.${18 + (roll & 1)}.${(roll >>> 8) & 255}.${(roll >>> 16) & 255}`,
    user_agent: agents[roll % agents.length]!,
    country_code: cell.country.code,
    city: cell.country.city,
    latitude: cell.country.latitude,
    longitude: cell.country.longitude,
    session_duration_s: seconds,
    bytes_transferred: Math.round((seconds * stream.bitrate) / 8),
  }
}

/** Which seats another one has, or nobody any more, or nobody had the minute before. */
const changesOf = (
  place: Omit<Place, 'seat'>,
  [before, now]: readonly [number, number],
  minute: number,
  statesAt: StatesAt,
): ConnectionEventItem[] => {
  const told: ConnectionEventItem[] = []
  for (let seat = 0; seat < Math.max(before, now); seat++) {
    const own = { ...place, seat }
    const [last, next] = [sessionOf(own, minute - 1), sessionOf(own, minute)]
    if (seat < before && seat < now && last === next) continue
    if (seat < before) {
      const firstMinute = firstMinuteOf(own, last, minute - 1)
      told.push(tell({ ...own, nth: last, firstMinute }, 'disconnect', minute, statesAt))
    }
    if (seat < now) told.push(tell({ ...own, nth: next, firstMinute: minute }, 'connect', minute, statesAt))
  }
  return told
}

/**
 * Every connection event of [fromMs, toMs), by time: seats that are taken as a stream's viewers come and go. However
 * a span is cut, its events are the same, live or of the history: long troubles alone move who comes.
 */
export const connectionEventsBetween = (
  world: World,
  fromMs: number,
  toMs: number,
): ConnectionEventItem[] => {
  const states = new Map<number, readonly NodeState[]>()
  const statesAt = (minute: number) => {
    const known = states.get(minute) ?? nodeStatesAt(world, minute * MINUTE_MS, 'history')
    states.set(minute, known)
    return known
  }
  const found: ConnectionEventItem[] = []
  const [first, end] = [Math.floor(fromMs / MINUTE_MS), Math.ceil(toMs / MINUTE_MS)]
  for (const stream of world.streams) {
    // Once a minute for all cells: it is asked for 1,440 times a day and stream.
    const present = Array.from({ length: end - first + 1 }, (_, at) =>
      turnout(world, stream, (first - 1 + at) * MINUTE_MS),
    )
    for (const cell of stream.cells) {
      let before = seatsTaken(world, stream, cell, present[0]!, first - 1)
      for (let minute = first; minute < end; minute++) {
        const now = seatsTaken(world, stream, cell, present[minute - first + 1]!, minute)
        for (const item of changesOf({ world, stream, cell }, [before, now], minute, statesAt))
          if (item.time >= fromMs && item.time < toMs) found.push(item)
        before = now
      }
    }
  }
  return found.toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1))
}
