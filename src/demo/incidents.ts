import type { Severity } from './conditions.ts'
import { degradationsBetween, type Degradation, type Mode } from './degradations.ts'
import type { World } from './world.ts'

/** What an incident of the demo is opened with. */
export type DemoIncident = {
  /**
   * Names the condition, the node and the degradation: one degradation is one incident, however often it is
   * told.
   */
  readonly fingerprint: string
  readonly title: string
  readonly severity: Severity
  readonly description: string
  /** Unix milliseconds of world time, a little after the errors began. */
  readonly openedAt: number
  /** When somebody takes it up. */
  readonly investigatingAt: number
  /** Absent while it isn't over. */
  readonly resolvedAt?: number
  readonly labels: Readonly<Record<string, string>>
  readonly notes: readonly { readonly at: number; readonly text: string }[]
}

/** What happens to an open incident, in order of time. */
export type IncidentStep =
  | { readonly at: number; readonly kind: 'status'; readonly status: 'INVESTIGATING' | 'RESOLVED' }
  | { readonly at: number; readonly kind: 'note'; readonly text: string }

/** The incident that a degradation becomes, told to its end. */
export const incidentOf = (degradation: Degradation): DemoIncident & { readonly resolvedAt: number } => {
  const { condition, node, scope, startsAt, endsAt, id } = degradation
  // What it is noticed by first.
  const service = condition.lines[0]?.service
  const length = endsAt - startsAt
  const named = (text: string) => text.replaceAll('{node}', node.nodeId)
  // Long troubles are noticed after a good minute, short ones within seconds.
  const openedAt = startsAt + (scope === 'major' ? 75_000 : 8_000)
  return {
    fingerprint: `demo:${condition.kind}:${node.nodeId}:${id}`,
    title: named(condition.title),
    severity: condition.severity[scope],
    description: named(condition.description),
    openedAt,
    investigatingAt: startsAt + Math.round(length * 0.3),
    resolvedAt: endsAt,
    labels: {
      source: 'demo',
      condition: condition.kind,
      ...(service !== undefined && { service }),
      node: node.nodeId,
      cluster: node.clusterId,
      region: node.region,
    },
    notes: condition.notes.map((text, index) => ({
      at: startsAt + Math.round(length * (0.45 + 0.4 * (index / condition.notes.length))),
      text: named(text),
    })),
  }
}

/** The steps of an incident after its opening: taken up, notes, resolved. */
export const stepsOf = (incident: DemoIncident): IncidentStep[] => [
  { at: incident.investigatingAt, kind: 'status', status: 'INVESTIGATING' },
  ...incident.notes.map(({ at, text }): IncidentStep => ({ at, kind: 'note', text })),
  ...(incident.resolvedAt === undefined
    ? []
    : [{ at: incident.resolvedAt, kind: 'status', status: 'RESOLVED' } as const]),
]

/**
 * The incidents opened in [fromMs, toMs), oldest first, as they stand at `toMs`: what lies later (a
 * resolution, a note) is left out.
 */
export const incidentsBetween = (
  world: World,
  fromMs: number,
  toMs: number,
  mode: Mode = 'history',
): DemoIncident[] => {
  const opened = degradationsBetween(world, fromMs - 120_000, toMs, mode)
    .map(incidentOf)
    .filter(({ openedAt }) => openedAt >= fromMs && openedAt < toMs)
  return Array.from(opened, ({ resolvedAt, notes, ...incident }) => ({
    ...incident,
    ...(resolvedAt <= toMs ? { resolvedAt } : {}),
    notes: notes.filter(({ at }) => at <= toMs),
  }))
}

/** The incident with this fingerprint, told to its end, or undefined when this world never has it. */
export const incidentByFingerprint = (
  world: World,
  fingerprint: string,
  aroundMs: number,
): ReturnType<typeof incidentOf> | undefined =>
  degradationsBetween(world, aroundMs - 3_600_000, aroundMs + 3_600_000, 'live')
    .map(incidentOf)
    .find((incident) => incident.fingerprint === fingerprint)
