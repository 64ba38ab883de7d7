import { parseCsv } from './csv.ts'
import type { Rewritten } from './rewrite.ts'

export type Sample = {
  readonly time: number
  readonly internal_name: string
  readonly node_id?: string
  readonly bitrate_kbps?: number
  readonly buffer_state: 'FULL' | 'DRY' | 'RECOVER'
  readonly issues?: string
}

const linesOf = (samples: readonly Sample[]): Rewritten => ({
  lines: samples.map((sample) => JSON.stringify(sample)),
  timeFormat: 'unix-ms',
})

/** `210320_0951-50Mbps-4g-medium-ed_2s-RobustMPC.csv`: start (GMT+8), link, and the seconds of video in a chunk. */
export const sessionName = (name: string): { session: string; startMs: number; intervalMs: number } => {
  const [, session, year, month, day, hour, minute, seconds] =
    /^((\d\d)(\d\d)(\d\d)_(\d\d)(\d\d)-.+_(\d+)s-\w+)\.csv$/.exec(name) ?? []
  if (!session || !seconds) throw new Error(`${name} is not named like a session`)
  const startMs = Date.parse(`20${year}-${month}-${day}T${hour}:${minute}:00+08:00`)
  return { session, startMs, intervalMs: Number(seconds) * 1_000 }
}

/**
 * A playback session by its chunks. They have no time: chunk i is told where its video begins. `buffering` is the
 * filling of the buffer and no stall, so it is RECOVER.
 */
export const rewriteSession = (name: string, csv: string): Rewritten => {
  const { session, startMs, intervalMs } = sessionName(name)
  const states = { buffering: 'RECOVER', steady: 'FULL' } as const
  return linesOf(
    parseCsv(csv).map((row, index) => ({
      time: startMs + index * intervalMs,
      internal_name: session,
      bitrate_kbps: Number(row.bitrate),
      buffer_state: states[row.player_state as keyof typeof states],
    })),
  )
}

/** A video in a category: the same video stands in two of them. */
const streamOf = ({ vid_category, yt_id }: Record<string, string>): string =>
  `${vid_category?.replaceAll(' ', '_')}:${yt_id}`
export const categoryAndVideo = (stream: string): readonly [string, string] => {
  const at = stream.indexOf(':')
  return [stream.slice(0, at), stream.slice(at + 1)]
}

/**
 * A session is a player of its own, named by `node_id`. It tells a full buffer at its start, then each of its
 * `pl_buffering_events` as a dry buffer that is full again. Only their number is known, so they are spread evenly
 * over `run_length`.
 */
export const rewriteStalls = (csv: string): Rewritten & { readonly streams: readonly string[] } => {
  const samples = parseCsv(csv).flatMap((row): Sample[] => {
    const events = Number(row.pl_buffering_events)
    const startMs = Math.floor(Number(row.run_start) * 1_000)
    const at = (step: number) =>
      startMs + Math.floor((step / (2 * events + 1)) * Number(row.run_length) * 1_000)
    const player = { internal_name: streamOf(row), node_id: row.run_id! }
    const issues = row.pl_buffering_boolean === 'True' ? { issues: `${events} buffering events` } : {}
    const dryAndFull = Array.from({ length: 2 * events }, (_, index): Sample => ({
      ...player,
      time: at(index + 1),
      buffer_state: index % 2 === 0 ? 'DRY' : 'FULL',
    }))
    return [{ ...player, time: startMs, buffer_state: 'FULL', ...issues }, ...dryAndFull]
  })
  return { ...linesOf(samples), streams: [...new Set(samples.map(({ internal_name }) => internal_name))] }
}
