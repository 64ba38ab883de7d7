import { conditions, type Condition } from './conditions.ts'
import type { DemoNode } from './geography.ts'
import { between, mix, smoothstep } from './random.ts'
import type { World } from './world.ts'

/**
 * `history` has only the long troubles, about five a day. `live` adds short ones, about one every three
 * minutes, so that somebody who has just opened the program sees an incident open and resolve.
 */
export type Mode = 'history' | 'live'

/** A node that is unwell for a while: the one story behind samples, logs and incidents. */
export type Degradation = {
  /** Unique in a world: the scope and the slot it lies in. */
  readonly id: string
  readonly scope: 'major' | 'minor'
  readonly condition: Condition
  readonly node: DemoNode
  /** Milliseconds since the Unix epoch; the end is exclusive. */
  readonly startsAt: number
  readonly endsAt: number
}

const scopes = {
  // Five slots a day with one trouble each.
  major: {
    salt: 40,
    slotMs: 17_280_000,
    latestStartMs: 13_000_000,
    shortestMs: 900_000,
    longestMs: 2_400_000,
  },
  // Starts are 135 to 225 s apart, and between an opening and the next change lie less than three minutes.
  minor: { salt: 41, slotMs: 180_000, latestStartMs: 45_000, shortestMs: 70_000, longestMs: 120_000 },
} as const

const inSlot = (world: World, scope: 'major' | 'minor', slot: number): Degradation => {
  const { salt, slotMs, latestStartMs, shortestMs, longestMs } = scopes[scope]
  const pick = (what: number) => mix(world.seed, salt, slot, what)
  const startsAt = slot * slotMs + Math.round(between(0, latestStartMs, world.seed, salt, slot, 0))
  const condition = conditions[pick(2) % conditions.length]
  const node = world.nodes[pick(3) % world.nodes.length]
  if (!condition || !node) throw new RangeError('a world needs nodes and conditions')
  return {
    id: `${scope}-${slot}`,
    scope,
    condition,
    node,
    startsAt,
    endsAt: startsAt + Math.round(between(shortestMs, longestMs, world.seed, salt, slot, 1)),
  }
}

/** Every degradation that touches [fromMs, toMs), by start. */
export const degradationsBetween = (
  world: World,
  fromMs: number,
  toMs: number,
  mode: Mode,
): Degradation[] => {
  const found: Degradation[] = []
  for (const scope of mode === 'live' ? (['major', 'minor'] as const) : (['major'] as const)) {
    const { slotMs } = scopes[scope]
    // Each trouble ends inside its own slot, so no slot before `fromMs` can reach in.
    for (let slot = Math.floor(fromMs / slotMs); slot * slotMs < toMs; slot++) {
      const degradation = inSlot(world, scope, slot)
      if (degradation.startsAt < toMs && degradation.endsAt > fromMs) found.push(degradation)
    }
  }
  return found.toSorted((a, b) => a.startsAt - b.startsAt)
}

/** How bad it is, 0 to 1: grows over the first eighth, heals over the last fifth. */
export const intensity = (degradation: Degradation, timeMs: number): number => {
  const { startsAt, endsAt } = degradation
  if (timeMs < startsAt || timeMs >= endsAt) return 0
  const length = endsAt - startsAt
  return Math.min(
    smoothstep((timeMs - startsAt) / (length / 8)),
    smoothstep((endsAt - timeMs) / (length / 5)),
  )
}

export type NodeState = {
  /** Part of the viewers that another node serves for this one. */
  readonly shift: number
  readonly qualityLoss: number
  readonly bufferLoss: number
  /** 0 to 100, as a node reports it. */
  readonly healthScore: number
}

/** How each node is at this time, by the node's index. The worst of two troubles counts. */
export const nodeStatesAt = (world: World, timeMs: number, mode: Mode): NodeState[] => {
  const active = degradationsBetween(world, timeMs, timeMs + 1, mode)
  return world.nodes.map((node) => {
    const own = active.filter((degradation) => degradation.node === node)
    const worst = (key: 'shift' | 'qualityLoss' | 'bufferLoss' | 'healthLoss') =>
      Math.max(0, ...own.map((degradation) => degradation.condition[key] * intensity(degradation, timeMs)))
    // A node is never quite perfect: 94 to 99 when it is well.
    const rested = 94 + (mix(world.seed, 42, node.index, Math.floor(timeMs / 60_000)) % 6)
    return {
      shift: worst('shift'),
      qualityLoss: worst('qualityLoss'),
      bufferLoss: worst('bufferLoss'),
      healthScore: Math.round(rested * (1 - worst('healthLoss'))),
    }
  })
}
