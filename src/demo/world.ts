import { catalogue, type Rhythm } from './catalogue.ts'
import { clusters, countries, nodes, type Country, type DemoCluster, type DemoNode } from './geography.ts'
import { between, pickWeighted, shuffled, unit } from './random.ts'

/**
 * Viewers of one stream in one country by one protocol: what reports as one key, or as two while a node sheds
 * load.
 */
export type Cell = {
  readonly salt: number
  readonly country: Country
  readonly connectionType: string
  readonly node: DemoNode
  /** Where viewers go while `node` is unwell: the next node of the same cluster. */
  readonly fallback: DemoNode
  /** Share of the stream's audience. A stream's cells sum to 1. */
  readonly share: number
}

export type DemoStream = {
  readonly index: number
  readonly internalName: string
  readonly title: string
  readonly rhythm: Rhythm
  readonly home: Country
  /** Viewers at the best hour, before noise. */
  readonly audience: number
  /** What one viewer takes, in bits a second. */
  readonly bitrate: number
  /** For shows and the flash event: minutes after midnight UTC, and how long. */
  readonly startMinuteUtc: number
  readonly durationMinutes: number
  readonly cells: readonly Cell[]
}

export type World = {
  readonly seed: number
  readonly clusters: readonly DemoCluster[]
  readonly nodes: readonly DemoNode[]
  readonly countries: readonly Country[]
  /** Biggest first. */
  readonly streams: readonly DemoStream[]
}

const connectionTypes = [
  { name: 'HLS', weight: 56 },
  { name: 'DASH', weight: 18 },
  { name: 'WEBRTC', weight: 14 },
  { name: 'CMAF', weight: 8 },
  { name: 'SRT', weight: 4 },
]

// Salts keep the random values of different questions apart.
const ORDER = 1
const CELL = 2
const STREAM = 3

// The biggest streams: two that never end, so that some stream is always big, and shows that make the
// evening.
const headliners: readonly Rhythm[] = ['always', 'always', 'show', 'always', 'show', 'flash']

const siblingOf = (node: DemoNode): DemoNode => {
  const cluster = nodes.filter((other) => other.clusterId === node.clusterId)
  return cluster[(cluster.indexOf(node) + 1) % cluster.length] ?? node
}

const cellsOf = (seed: number, rank: number, home: Country): Cell[] => {
  // Big streams are watched in many places, small ones in three. The sum over all bounds the rows of a
  // history.
  const count = Math.max(3, Math.round(20 / Math.sqrt(rank)))
  const weighted = countries.map((country) => ({
    country,
    weight: country.weight * (country === home ? 9 : country.clusterId === home.clusterId ? 2 : 1),
  }))
  const found = new Map<string, Omit<Cell, 'share'> & { weight: number }>()
  for (let draw = 0; found.size < count && draw < 400; draw++) {
    const { country, weight } = pickWeighted(weighted, unit(seed, CELL, rank, draw, 0))
    const connection = pickWeighted(connectionTypes, unit(seed, CELL, rank, draw, 1))
    const near = nodes.filter((node) => node.clusterId === country.clusterId)
    const node = near[Math.floor(unit(seed, CELL, rank, draw, 2) * near.length)]
    const key = `${country.code} ${connection.name}`
    if (!node || found.has(key)) continue
    found.set(key, {
      salt: rank * 1000 + draw,
      country,
      connectionType: connection.name,
      node,
      fallback: siblingOf(node),
      weight: weight * connection.weight,
    })
  }
  const total = [...found.values()].reduce((sum, cell) => sum + cell.weight, 0)
  return Array.from(found.values(), ({ weight, ...cell }) => ({ ...cell, share: weight / total }))
}

/** The fixed part of the demo: the same for the same seed, on any machine, at any time. */
export const createWorld = (seed = 1): World => {
  const left = {
    always: shuffled(catalogue.always, seed, ORDER),
    show: shuffled(catalogue.show, seed, ORDER + 100),
    flash: [...catalogue.flash],
  }
  const rhythms = headliners.map((rhythm) => ({ rhythm, entry: left[rhythm].pop() }))
  const others = (['always', 'show', 'flash'] as const).flatMap((rhythm) =>
    left[rhythm].map((entry) => ({ rhythm, entry })),
  )
  const streams = [...rhythms, ...shuffled(others, seed, ORDER + 200)].flatMap(({ rhythm, entry }, index) => {
    const home = countries.find((country) => country.code === entry?.[1])
    if (!entry || !home) return []
    const rank = index + 1
    const early = unit(seed, STREAM, rank, 0) < 0.15
    const localHour = early
      ? between(7, 9, seed, STREAM, rank, 1)
      : between(17.5, 20.5, seed, STREAM, rank, 1)
    // Zipf's law with an exponent a little over one: what audiences of live platforms look like.
    const audience = (rhythm === 'flash' ? 9000 : 7000) * (rhythm === 'flash' ? 1 : rank ** -1.15)
    const startMinute = Math.round((localHour - home.utcOffsetHours) * 12) * 5
    return [
      {
        index,
        internalName: entry[0].toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
        title: entry[0],
        rhythm,
        home,
        audience: audience * between(0.9, 1.1, seed, STREAM, rank, 2),
        bitrate: Math.round(between(1.8, 6, seed, STREAM, rank, 3) * 10) * 100_000,
        startMinuteUtc: ((startMinute % 1440) + 1440) % 1440,
        durationMinutes: rhythm === 'flash' ? 75 : Math.round(between(12, 36, seed, STREAM, rank, 4)) * 5,
        cells: cellsOf(seed, rank, home),
      },
    ]
  })
  return { seed, clusters, nodes, countries, streams }
}
