import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import { createAttempts, waitFor } from './attempts.ts'
import { createIncidentDesk, type IncidentCalls } from './incident-desk.ts'
import type { DemoNode } from './geography.ts'
import { nodeSamplesAt, type NodeSampleItem } from './node-samples.ts'
import { productRows, storyRows, type DemoDataset, type DemoItem, type DemoRows, type Span } from './rows.ts'
import { streamStatusAt } from './schedule.ts'
import { viewerSamplesAt, type ViewerSampleItem } from './viewers.ts'
import type { World } from './world.ts'

/**
 * Each key reports once in this many milliseconds of real time; the nodes take turns in steps of `TICK_MS`.
 */
export const REPORT_MS = 10_000
/** One live step: a fifth of the nodes report, so the live number moves every two seconds. */
export const TICK_MS = 2_000
/** One sample a minute and key in the history: a day stays under 300,000 rows. */
export const HISTORY_STEP_MS = 60_000
/** The history never reaches further back than this. */
export const HISTORY_MAX_MS = 86_400_000
/** Product events reach further back, and are few: who came back can only be told of some days. */
export const PRODUCT_HISTORY_MS = 3 * 86_400_000

// A pause (a closed laptop, a store that was down) up to this long is replayed tick by tick, a longer one as
// history.
const REPLAY_MAX_MS = 60_000
// One call of `accept` carries at most this many items: about 1.4 MB of JSON, under the 2 MB of a request.
const BATCH_ITEMS = 4_000
const HISTORY_CHUNK_MS = 1_800_000
// One call of `accept` carries a chunk: about 3,800 events.
const PRODUCT_CHUNK_MS = 21_600_000

export type Progress = {
  readonly phase: 'history' | 'live'
  /**
   * Everything before this time is accepted; hand it to `history` as `from` after a restart. Unix
   * milliseconds.
   */
  readonly simulatedTo: number
  /** Rows accepted since the start. */
  readonly rows: number
  /** 0 to 1 in the history, 1 when live. */
  readonly fraction: number
}

export type SimulatorOptions = IncidentCalls & {
  readonly world: World
  readonly clock: Clock
  readonly log: Logger
  /**
   * World seconds in a real second once live, 0.1 to 100. Sample times are real times at any speed. Default
   * 1.
   */
  readonly speed?: number
  /**
   * The real ingest path. Resolves when the items are kept; rejecting makes the simulator try the same items
   * again.
   */
  readonly accept: (dataset: DemoDataset, items: readonly DemoItem[]) => Promise<void>
  /** Called for every stream at the first live tick, then when its status changes. */
  readonly setStreamStatus?: (
    internalName: string,
    status: 'LIVE' | 'OFFLINE' | 'ENDED',
    at: number,
  ) => Promise<void>
  /** Called at each live step: what people and the media server do with clips and recordings. */
  readonly tellMedia?: (nowMs: number) => Promise<void>
  readonly onProgress?: (progress: Progress) => void | Promise<void>
  /** Waits in real time; resolves early when the signal aborts. Tests bring their own. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

export type Simulator = {
  /**
   * Fills [from, to) with a sample a minute, logs and incidents, at most the last day of it, and with product
   * events, at most the last three days. Running it again counts nothing twice. Rows are tried again with backoff until they are accepted; returns early when the
   * signal aborts.
   */
  readonly history: (span: { from: number; to: number; signal?: AbortSignal }) => Promise<void>
  /**
   * Lives on from the end of the history until the signal aborts; then it resolves after the call under way.
   */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const floorTo = (timeMs: number, stepMs: number): number => Math.floor(timeMs / stepMs) * stepMs

/**
 * Plays the world to the functions it is given: first its past, then its present. Throws RangeError on a
 * wrong speed.
 */
export const createSimulator = (options: SimulatorOptions): Simulator => {
  const { world, clock, log, accept, setStreamStatus, onProgress } = options
  const { speed = 1, wait = waitFor } = options
  if (!(speed >= 0.1 && speed <= 100)) throw new RangeError('speed is a number from 0.1 to 100')
  const desk = createIncidentDesk(options)
  const statuses = new Map<string, string>()
  const { retry, tryOnce } = createAttempts({ log, wait })
  let rows = 0
  let adopted = false
  let simulatedTo: number | undefined
  // Where real time and world time met; they part from there at any speed but 1.
  let anchor: number | undefined
  const worldTime = (nowMs: number): number => {
    if (anchor === undefined || nowMs <= anchor) return nowMs
    return Math.round(anchor + (nowMs - anchor) * speed)
  }

  const send = async (some: DemoRows) => {
    for (const [dataset, items = []] of Object.entries(some)) {
      for (let at = 0; at < items.length; at += BATCH_ITEMS)
        await accept(dataset as DemoDataset, items.slice(at, at + BATCH_ITEMS))
    }
    rows += Object.values(some).reduce((sum, items) => sum + items.length, 0)
  }

  const spanOf = (fromMs: number, toMs: number): Span => ({
    fromMs,
    toMs,
    worldFromMs: worldTime(fromMs),
    worldToMs: worldTime(toMs),
    speed,
  })

  const adoptOnce = async () => {
    if (!adopted) adopted = await tryOnce('adopt incidents', () => desk.adopt())
  }

  const coarse = (fromMs: number, toMs: number): DemoRows => {
    const viewer_samples: ViewerSampleItem[] = []
    const node_samples: NodeSampleItem[] = []
    for (let at = Math.ceil(fromMs / HISTORY_STEP_MS) * HISTORY_STEP_MS; at < toMs; at += HISTORY_STEP_MS) {
      const intervalMs = HISTORY_STEP_MS * (worldTime(at) === at ? 1 : speed)
      const asked = { mode: 'history', sampleTimeMs: at } as const
      const viewers = viewerSamplesAt(world, worldTime(at), { ...asked, intervalMs })
      viewer_samples.push(...viewers)
      node_samples.push(...nodeSamplesAt(world, worldTime(at), { ...asked, viewers }))
    }
    return { viewer_samples, node_samples, ...storyRows(world, spanOf(fromMs, toMs), 'history') }
  }

  const report = async (progress: Omit<Progress, 'rows'>) => {
    simulatedTo = progress.simulatedTo
    await tryOnce('progress', async () => onProgress?.({ ...progress, rows }))
  }

  /**
   * All product events of the history, in few calls of `accept`: with each half hour of the rest they would take
   * as long again. False when the signal aborted first.
   */
  const productHistory = async (fromMs: number, toMs: number, signal: AbortSignal): Promise<boolean> => {
    for (let at = fromMs; at < toMs; at += PRODUCT_CHUNK_MS) {
      const span = spanOf(at, Math.min(toMs, at + PRODUCT_CHUNK_MS))
      const sendThem = () => send({ product_events: productRows(world, span, 'history') })
      if (!(await retry('product events', signal, sendThem))) return false
    }
    return true
  }

  const history: Simulator['history'] = async ({ from, to, signal = new AbortController().signal }) => {
    const start = Math.max(from, to - HISTORY_MAX_MS)
    if (start >= to) return
    if (!(await productHistory(Math.max(from, to - PRODUCT_HISTORY_MS), to, signal))) return
    let incidentsTo = start
    for (let at = start; at < to && !signal.aborted; at += HISTORY_CHUNK_MS) {
      const end = Math.min(to, at + HISTORY_CHUNK_MS)
      if (!(await retry('history rows', signal, () => send(coarse(at, end))))) return
      await adoptOnce()
      // What the incident service refuses is told again with the next chunk: it must not hold the rows up.
      if (await tryOnce('incidents', () => desk.history(incidentsTo, end))) incidentsTo = end
      await report({ phase: 'history', simulatedTo: end, fraction: (end - start) / (to - start) })
    }
  }

  /**
   * What a live step tells besides rows. None of it holds the samples up: what failed is told at the next
   * step.
   */
  const tellState = async (worldMs: number, nowMs: number) => {
    await adoptOnce()
    await tryOnce('media', async () => options.tellMedia?.(nowMs))
    await tryOnce('incidents', () => desk.live(worldMs, nowMs))
    await tryOnce('stream status', async () => {
      for (const stream of world.streams) {
        const status = streamStatusAt(world, stream, worldMs)
        if (statuses.get(stream.internalName) === status) continue
        await setStreamStatus?.(stream.internalName, status, nowMs)
        statuses.set(stream.internalName, status)
      }
    })
  }

  /** What happened in the real time (nowMs - TICK_MS, nowMs]. */
  const tick = async (nowMs: number, signal: AbortSignal) => {
    const worldMs = worldTime(nowMs)
    const turn = (nowMs % REPORT_MS) / TICK_MS
    const reports = (node: DemoNode) => node.index % (REPORT_MS / TICK_MS) === turn
    const viewer_samples = viewerSamplesAt(world, worldMs, {
      intervalMs: worldMs - worldTime(nowMs - REPORT_MS),
      sampleTimeMs: nowMs,
      reports,
    })
    const said = { mode: 'live', sampleTimeMs: nowMs, viewers: viewer_samples, reports } as const
    const node_samples = nodeSamplesAt(world, worldMs, said)
    const span = spanOf(nowMs - TICK_MS, nowMs)
    const product_events = productRows(world, span, 'live')
    await send({ viewer_samples, node_samples, ...storyRows(world, span, 'live'), product_events })
    if (!signal.aborted) await tellState(worldMs, nowMs)
  }

  const replay = (fromMs: number, toMs: number) =>
    send({ ...coarse(fromMs, toMs), product_events: productRows(world, spanOf(fromMs, toMs), 'history') })

  const run = async (signal: AbortSignal): Promise<void> => {
    let done = floorTo(simulatedTo ?? clock.now(), TICK_MS)
    anchor = clock.now()
    while (!signal.aborted) {
      const nowMs = clock.now()
      // A clock that was set back would otherwise stop the demo for as long.
      if (done > nowMs + REPORT_MS) done = floorTo(nowMs, TICK_MS)
      const next = done + TICK_MS
      if (next > nowMs) {
        await wait(next - nowMs, signal)
        continue
      }
      const behind = nowMs - done > REPLAY_MAX_MS
      const from = Math.max(done, floorTo(nowMs - HISTORY_MAX_MS, TICK_MS))
      const end = behind ? Math.min(floorTo(nowMs, TICK_MS), from + HISTORY_CHUNK_MS) : next
      const reached = await retry('live rows', signal, () => (behind ? replay(from, end) : tick(end, signal)))
      if (!reached) break
      done = end
      await report({ phase: 'live', simulatedTo: done, fraction: 1 })
    }
  }

  return { history, run }
}
