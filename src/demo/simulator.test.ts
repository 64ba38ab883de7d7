import { pino } from 'pino'
import { expect, test } from 'vitest'
import { AppError } from '../platform/errors.ts'
import { nodeStatesAt } from './degradations.ts'
import type { DemoIncident } from './incidents.ts'
import type { LogEventItem } from './logs.ts'
import type { MetricPointItem } from './metrics.ts'
import type { NodeSampleItem } from './node-samples.ts'
import type { DemoDataset, DemoItem } from './rows.ts'
import { productEventsBetween, type ProductEventItem } from './product-events.ts'
import { createSimulator, type Progress, type SimulatorOptions } from './simulator.ts'
import type { ViewerSampleItem } from './viewers.ts'
import { createWorld } from './world.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const start = Date.UTC(2026, 4, 12, 18)
const world = createWorld(7)

type Incident = DemoIncident & { id: string; status: 'OPEN' | 'INVESTIGATING' | 'RESOLVED'; texts: string[] }

/**
 * The calls of the program, remembered, and a clock that moves only when the simulator waits. The store of
 * incidents outlives a simulator, as the real one does.
 */
const stage = () => {
  const samples: ViewerSampleItem[] = []
  const lines: LogEventItem[] = []
  const events: ProductEventItem[] = []
  const others = new Map<DemoDataset, DemoItem[]>()
  const calls: number[] = []
  const progress: Progress[] = []
  const incidents = new Map<string, Incident>()
  const nodes: NodeSampleItem[] = []
  const statuses = new Map<string, string>()
  const time = { now: start }
  const warnings: string[] = []
  const log = pino({ level: 'warn' }, { write: (text: string) => void warnings.push(text) })
  const options: SimulatorOptions = {
    world,
    clock: { now: () => time.now },
    log,
    wait: async (ms) => void (time.now += ms),
    accept: async (dataset, items) => {
      calls.push(items.length)
      if (dataset === 'viewer_samples') samples.push(...(items as ViewerSampleItem[]))
      else if (dataset === 'node_samples') nodes.push(...(items as NodeSampleItem[]))
      else if (dataset === 'log_events') lines.push(...(items as LogEventItem[]))
      else if (dataset === 'product_events') events.push(...(items as ProductEventItem[]))
      else others.set(dataset, [...(others.get(dataset) ?? []), ...items])
    },
    openIncident: async (incident) => {
      const id = `incident ${incidents.size + 1}`
      incidents.set(id, { ...incident, id, status: 'OPEN', texts: [] })
      return { id }
    },
    changeStatus: async (id, status) => {
      const incident = incidents.get(id)!
      const from = status === 'RESOLVED' ? 'INVESTIGATING' : 'OPEN'
      if (incident.status !== from) throw new AppError('CONFLICT', 'not a step from here')
      incident.status = status
    },
    addNote: async (id, text) => void incidents.get(id)!.texts.push(text),
    findIncident: async (fingerprint) =>
      [...incidents.values()].find((incident) => incident.fingerprint === fingerprint),
    unfinishedIncidents: async () => [...incidents.values()].filter(({ status }) => status !== 'RESOLVED'),
    setStreamStatus: async (internalName, status) => void statuses.set(internalName, status),
    onProgress: (step) => void progress.push(step),
  }
  /** Lives for this much of the clock's time. */
  const live = async (forMs: number, changes: Partial<SimulatorOptions> = {}) => {
    const controller = new AbortController()
    const until = time.now + forMs
    const simulator = createSimulator({
      ...options,
      wait: async (ms) => {
        time.now += ms
        if (time.now > until) controller.abort()
      },
      ...changes,
    })
    await simulator.run(controller.signal)
  }
  return {
    options,
    live,
    time,
    samples,
    lines,
    events,
    others,
    calls,
    progress,
    incidents,
    nodes,
    statuses,
    warnings,
  }
}

const keyOf = (item: ViewerSampleItem) =>
  [item.internal_name, item.node_id, item.country_code, item.connection_type].join()

/** One of four days, for the tests that only look at it. */
let longest: Promise<ReturnType<typeof stage>> | undefined
const longHistory = () =>
  (longest ??= (async () => {
    const told = stage()
    await createSimulator(told.options).history({ from: start - 96 * HOUR, to: start })
    return told
  })())

test('a history is batched, tells its progress, and ends with its incidents told as far as they have come', async () => {
  const { samples, nodes, lines, events, others, calls, progress, incidents } = await longHistory()
  expect(Math.max(...calls)).toBeLessThanOrEqual(4_000)
  expect(progress.at(-1)).toEqual({
    phase: 'history',
    simulatedTo: start,
    fraction: 1,
    rows: samples.length + nodes.length + lines.length + events.length + [...others.values()].flat().length,
  })
  expect(progress.length).toBeGreaterThanOrEqual(24)
  expect(new Set(samples.map(({ time }) => time)).size).toBe(24 * 60)
  expect(incidents.size).toBeGreaterThanOrEqual(2)
  for (const { status, resolvedAt, texts } of incidents.values()) {
    if ((resolvedAt ?? Infinity) <= start) expect([status, texts.length]).toEqual(['RESOLVED', 2])
  }
})

test('a history told twice has the same rows and opens no incident again', async () => {
  const { options, samples, nodes, lines, events, others, incidents } = stage()
  const span = { from: start - 4 * HOUR, to: start }
  await createSimulator(options).history(span)
  const told = () => [...samples, ...nodes, ...lines, ...events, ...[...others.values()].flat()]
  const [rows, opened] = [told().length, incidents.size]
  expect(new Set(samples.map(({ time }) => time)).size).toBe(240)
  expect(opened).toBeGreaterThan(0)
  await createSimulator(options).history(span)
  expect(told()).toHaveLength(2 * rows)
  expect(new Set(told().map(({ event_id }) => event_id)).size).toBe(rows)
  expect(incidents.size).toBe(opened)
})

test('a history reaches back a day at most, of product events three days', async () => {
  const { samples, events } = await longHistory()
  expect(events).toEqual(productEventsBetween(world, start - 72 * HOUR, start, 'history'))
  expect(samples[0]?.time).toBe(start - 24 * HOUR)
  expect(samples.length).toBeLessThanOrEqual(300_000)
})

test('live, rows come every two seconds and each key once in ten', async () => {
  const { live, samples, nodes, lines, events, others, statuses } = stage()
  await live(MINUTE)
  const times = [...new Set(samples.map(({ time }) => time))]
  expect(times).toEqual(Array.from({ length: 30 }, (_, i) => start + (i + 1) * 2_000))
  for (const own of Map.groupBy(samples, keyOf).values()) {
    const gaps = own.slice(1).map((item, i) => item.time - own[i]!.time)
    expect(gaps.filter((gap) => gap < 10_000)).toEqual([])
  }
  expect(lines.length).toBeGreaterThan(10)
  expect(events.length).toBeGreaterThan(3)
  expect(others.get('connection_events')!.length).toBeGreaterThan(3)
  expect(others.get('stream_health_samples')!.length).toBeGreaterThan(60)
  expect(nodes.length).toBe(6 * world.nodes.length)
  // A node serves what its viewers say, and is as well as its troubles let it.
  expect(nodes.filter(({ connections_current }) => connections_current > 0).length).toBeGreaterThan(0)
  for (const node of nodes) {
    const own = samples.filter(({ node_id, time }) => node_id === node.node_id && time === node.time)
    expect(node.bandwidth_out).toBe(own.reduce((sum, { bandwidth }) => sum + bandwidth, 0))
    expect(node.connections_current).toBe(own.reduce((sum, each) => sum + each.viewer_count, 0))
    const { healthScore } = nodeStatesAt(world, node.time, 'live')[
      world.nodes.findIndex(({ nodeId }) => nodeId === node.node_id)
    ]!
    expect(node.health_score).toBe(healthScore)
  }
  expect(statuses.size).toBe(40)
})

test('live incidents open, are looked into, noted and resolved', async () => {
  const { live, incidents } = stage()
  await live(15 * MINUTE)
  const done = [...incidents.values()].filter(({ status }) => status === 'RESOLVED')
  expect(done.length).toBeGreaterThanOrEqual(3)
  for (const { texts } of done) expect(texts).toHaveLength(2)
})

test('ten times the speed has about ten times the incidents and log lines, all at real times', async () => {
  const slow = stage()
  const fast = stage()
  await slow.live(10 * MINUTE)
  await fast.live(10 * MINUTE, { speed: 10 })
  expect(fast.incidents.size).toBeGreaterThan(5 * slow.incidents.size)
  expect(fast.lines.length).toBeGreaterThan(5 * slow.lines.length)
  expect(fast.events.length).toBeGreaterThan(5 * slow.events.length)
  const told = [...fast.samples, ...fast.lines, ...fast.events, ...[...fast.others.values()].flat()]
  expect(new Set(fast.others.keys()).size).toBe(6)
  for (const { time } of told) {
    expect(time).toBeGreaterThanOrEqual(start)
    expect(time).toBeLessThanOrEqual(start + 10 * MINUTE)
  }
  const ids = told.map(({ event_id }) => event_id)
  expect(new Set(ids).size).toBe(ids.length)
})

test('at another speed nothing that is counted falls, also where the history took its time', async () => {
  const { options, others, time } = stage()
  const controller = new AbortController()
  const wait = async (ms: number): Promise<void> => {
    time.now += ms
    if (time.now > start + 2 * MINUTE) controller.abort()
  }
  const simulator = createSimulator({ ...options, speed: 3, wait })
  await simulator.history({ from: start - HOUR / 2, to: start })
  time.now += 50_000
  await simulator.run(controller.signal)
  const counts = (others.get('metric_points') as MetricPointItem[]).filter(({ kind }) => kind === 'counter')
  const series = Map.groupBy(counts, ({ service, host, name, labels }) =>
    JSON.stringify([service, host, name, labels]),
  )
  const fallen = [...series.values()].flatMap((points) => {
    const inOrder = points.toSorted((a, b) => a.time - b.time)
    return inOrder.filter(({ value }, index) => value < (inOrder[index - 1]?.value ?? 0))
  })
  expect(series.size).toBeGreaterThan(10)
  expect(fallen.filter(({ value }) => value > 5_000)).toEqual([]) // a restart begins from zero
})

test('a refused batch is logged and sent again after a pause, and nothing is lost', async () => {
  const { live, options, samples, warnings } = stage()
  let refusals = 3
  const accept = async (dataset: DemoDataset, items: readonly DemoItem[]) => {
    if (refusals-- > 0) throw new AppError('LOG_UNAVAILABLE', 'full')
    await options.accept(dataset, items)
  }
  await live(MINUTE, { accept })
  expect(warnings.length).toBe(3)
  expect(new Set(samples.map(({ time }) => time)).size).toBe(30)
})

test('after a long pause the gap is filled with a sample a minute, and then it is live again', async () => {
  const { live, samples, time, options } = stage()
  let paused = false
  await live(2 * HOUR + MINUTE, {
    setStreamStatus: async () => {
      if (!paused) time.now += 2 * HOUR
      paused = true
    },
    accept: options.accept,
  })
  const times = [...new Set(samples.map((item) => item.time))].toSorted((a, b) => a - b)
  const gaps = times.slice(1).map((at, i) => at - times[i]!)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(MINUTE)
  expect(times.at(-1)).toBeGreaterThan(start + 2 * HOUR + 50_000)
  expect(times.length).toBeLessThan(200)
})

test('a restart resolves the incidents that the last run left open', async () => {
  const { live, incidents, time } = stage()
  const anyOpen = () => [...incidents.values()].some(({ status }) => status === 'OPEN')
  for (let tries = 0; tries < 30 && !anyOpen(); tries++) await live(20_000)
  expect(anyOpen()).toBe(true)
  const left = [...incidents.values()].filter(({ status }) => status !== 'RESOLVED').map(({ id }) => id)
  time.now += HOUR
  await live(10_000)
  expect(left.map((id) => incidents.get(id)?.status)).toEqual(left.map(() => 'RESOLVED'))
})

test('an incident that somebody else resolved is left alone, and one that fails does not stop the samples', async () => {
  const { live, options, incidents, samples, warnings } = stage()
  let failures = 2
  await live(15 * MINUTE, {
    openIncident: async (incident, at) => {
      if (failures-- > 0) throw new Error('no answer')
      const opened = await options.openIncident(incident, at)
      incidents.get(opened.id)!.status = 'RESOLVED'
      return opened
    },
  })
  const fingerprints = [...incidents.values()].map(({ fingerprint }) => fingerprint)
  expect(new Set(fingerprints).size).toBe(fingerprints.length)
  expect([...incidents.values()].flatMap(({ texts }) => texts)).toEqual([])
  expect(warnings.length).toBe(1)
  expect(new Set(samples.map(({ time }) => time)).size).toBe(450)
})

test('an abort cuts a real wait and a backoff short', async () => {
  const { options } = stage()
  const { wait: _, ...real } = options
  const waiting = new AbortController()
  const run = createSimulator(real).run(waiting.signal)
  waiting.abort()
  await run
  const refused = new AbortController()
  const asked = Promise.withResolvers<void>()
  const history = createSimulator({
    ...real,
    accept: async () => {
      asked.resolve()
      throw new AppError('LOG_UNAVAILABLE', 'full')
    },
  }).history({ from: start - HOUR, to: start, signal: refused.signal })
  await asked.promise
  refused.abort()
  await history
})

test('a speed outside 0.1 to 100 is refused', () => {
  const { options } = stage()
  expect(() => createSimulator({ ...options, speed: 0 })).toThrow(RangeError)
  expect(() => createSimulator({ ...options, speed: Number.NaN })).toThrow(RangeError)
})
