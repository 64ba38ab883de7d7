import { quietLines, type LogLine } from './conditions.ts'
import { degradationsBetween, intensity, type Degradation, type Mode } from './degradations.ts'
import type { DemoNode } from './geography.ts'
import { mix, pickWeighted, rowUuid, unit } from './random.ts'
import { onAir } from './schedule.ts'
import type { DemoStream, World } from './world.ts'

/** One item of `POST /ingest/log_events`. */
export type LogEventItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly level: LogLine['level']
  readonly message: string
  readonly service: string
  readonly host: string
  readonly trace_id: string
  readonly attributes: Readonly<Record<string, string>>
}

const QUIET = 80
const BURST = 81
const SECOND_MS = 1000

/** Lines a second of a node in trouble, at full strength. Long troubles are quieter: they last. */
const burstRate = { minor: 2.5, major: 0.9 } as const

const fill = (text: string, node: DemoNode, stream: DemoStream | undefined, roll: number): string =>
  text
    .replaceAll('{node}', node.nodeId)
    .replaceAll('{stream}', stream?.internalName ?? 'no stream')
    .replaceAll('{n}', String(2 + (roll % 179)))
    .replaceAll('{ms}', String(40 + (roll % 1931)))
    .replaceAll('{percent}', String(60 + (roll % 40)))

type Draw = { readonly salt: number; readonly second: number; readonly nth: number; readonly source: number }

const write = (
  world: World,
  line: LogLine,
  node: DemoNode,
  streams: readonly DemoStream[],
  { salt, second, nth, source }: Draw,
  trouble?: Degradation,
): LogEventItem => {
  const roll = mix(world.seed, salt, second, nth, source, 9)
  const time = second * SECOND_MS + (mix(world.seed, salt, second, nth, source, 8) % SECOND_MS)
  const stream = streams[Math.floor(streams.length * unit(world.seed, salt, second, nth, source, 7) ** 2)]
  const event_id = rowUuid(world.seed, 'log_events', `${salt}|${node.nodeId}|${source}|${nth}`, time)
  const traced = line.service === 'api' || line.level === 'ERROR' || line.level === 'FATAL'
  return {
    event_id,
    time,
    level: line.level,
    message: fill(line.message, node, stream, roll),
    service: line.service,
    host: node.nodeId,
    trace_id: traced ? event_id.replaceAll('-', '') : '',
    attributes: {
      region: node.region,
      cluster: node.clusterId,
      ...(line.message.includes('{stream}') && stream ? { stream: stream.internalName } : {}),
      ...(trouble ? { condition: trouble.condition.kind } : {}),
    },
  }
}

/**
 * Every log line of [fromMs, toMs), by time: a quiet murmur of all services, and bursts of errors by a node
 * that is unwell. However a span is cut, its lines are the same.
 */
export const logEventsBetween = (
  world: World,
  fromMs: number,
  toMs: number,
  mode: Mode = 'live',
): LogEventItem[] => {
  const items: LogEventItem[] = []
  const troubles = degradationsBetween(world, fromMs - SECOND_MS, toMs, mode)
  for (let second = Math.floor(fromMs / SECOND_MS); second * SECOND_MS < toMs; second++) {
    const startMs = second * SECOND_MS
    const streams = onAir(world, startMs)
    const chance = unit(world.seed, QUIET, second)
    const quiet = chance < 0.05 ? 2 : chance < 0.37 ? 1 : 0
    for (let nth = 0; nth < quiet; nth++) {
      const line = pickWeighted(quietLines, unit(world.seed, QUIET, second, nth, 1))
      const node = world.nodes[mix(world.seed, QUIET, second, nth, 2) % world.nodes.length]
      if (node) items.push(write(world, line, node, streams, { salt: QUIET, second, nth, source: 0 }))
    }
    for (const trouble of troubles) {
      const strength = intensity(trouble, startMs) * burstRate[trouble.scope]
      const source = trouble.scope === 'major' ? 1 : 2
      const lines = strength > 0 ? Math.floor(strength + unit(world.seed, BURST, second, source)) : 0
      for (let nth = 0; nth < lines; nth++) {
        const line = pickWeighted(trouble.condition.lines, unit(world.seed, BURST, second, nth, source))
        items.push(write(world, line, trouble.node, streams, { salt: BURST, second, nth, source }, trouble))
      }
    }
  }
  return items
    .filter((item) => item.time >= fromMs && item.time < toMs)
    .toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1))
}
