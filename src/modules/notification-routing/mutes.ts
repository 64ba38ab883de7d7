import { holds, type Facts, type Matcher } from './matcher.ts'
import { factsOf, isFiring, type RoutedIncident } from './routing.ts'
import type { Steps } from '../../platform/turns.ts'

export type ActiveSilence = { readonly id: string; readonly matchers: readonly Matcher[] }
export type ActiveInhibition = {
  readonly id: string
  readonly source: readonly Matcher[]
  readonly target: readonly Matcher[]
  readonly equal: readonly string[]
}
/** An edge node or a stream under maintenance: by a window, or, without one, because the node takes no new work. */
export type Maintained = {
  readonly windowId: string | null
  readonly nodeId: string | null
  readonly streamId: string | null
  /** What facts call it: slug of the node, internal name of the stream. */
  readonly name: string
}

/** Why nobody is told that an incident fires. */
export type Mute =
  | { readonly reason: 'SUPPRESSED' }
  | { readonly reason: 'SILENCE'; readonly silenceId: string }
  | { readonly reason: 'INHIBITION'; readonly inhibitionId: string; readonly sourceId: string }
  | {
      readonly reason: 'MAINTENANCE'
      readonly windowId: string | null
      readonly nodeId: string | null
      readonly streamId: string | null
    }

export type MutedBy = {
  readonly silences: readonly ActiveSilence[]
  readonly inhibitions: readonly ActiveInhibition[]
  readonly maintained: readonly Maintained[]
  /** All incidents of the tenant that fire, where there are inhibitions. */
  readonly firing: readonly RoutedIncident[]
}

/** Labels that name an edge node by its slug, and a stream by its internal name. */
export const NODE_LABELS = ['node_id', 'node', 'edge', 'host'] as const
export const STREAM_LABELS = ['internal_name', 'stream'] as const

const valueOf = (facts: Facts, name: string): string => (Object.hasOwn(facts, name) ? facts[name]! : '')

/** Which firing incident keeps another one quiet, by one inhibition. */
function* inhibitor(
  { id, source, target, equal }: ActiveInhibition,
  firing: readonly (readonly [id: string, facts: Facts])[],
): Steps<(facts: Facts) => Mute | undefined> {
  const keyOf = (facts: Facts): string => JSON.stringify(equal.map((name) => valueOf(facts, name)))
  /** By the values that must be the same: any source, and one that is no target itself. */
  const sources = new Map<string, { any: string; pure: string | undefined }>()
  for (const [sourceId, facts] of firing) {
    yield
    if (!holds(source, facts)) continue
    const key = keyOf(facts)
    const pure = holds(target, facts) ? undefined : sourceId
    const known = sources.get(key)
    sources.set(key, { any: known?.any ?? sourceId, pure: known?.pure ?? pure })
  }
  return (facts: Facts): Mute | undefined => {
    if (!holds(target, facts)) return undefined
    const found = sources.get(keyOf(facts))
    // What is on both sides, itself before all, keeps nothing quiet that is on both sides: two would mute each other.
    const sourceId = holds(source, facts) ? found?.pure : found?.any
    return sourceId === undefined ? undefined : { reason: 'INHIBITION', inhibitionId: id, sourceId }
  }
}

/** What keeps one incident quiet. */
function* reasons({
  silences,
  inhibitions,
  maintained,
  firing,
}: MutedBy): Steps<(incident: RoutedIncident) => readonly Mute[]> {
  const sources = inhibitions.length > 0 ? firing.map((each) => [each.id, factsOf(each)] as const) : []
  const inhibitors: ((facts: Facts) => Mute | undefined)[] = []
  for (const each of inhibitions) inhibitors.push(yield* inhibitor(each, sources))
  const nodes = Map.groupBy(
    maintained.filter(({ nodeId }) => nodeId !== null),
    ({ name }) => name,
  )
  const streams = Map.groupBy(
    maintained.filter(({ streamId }) => streamId !== null),
    ({ name }) => name,
  )
  const maintenance = (facts: Facts): readonly Maintained[] => [
    ...new Set([
      ...NODE_LABELS.flatMap((label) => nodes.get(valueOf(facts, label)) ?? []),
      ...STREAM_LABELS.flatMap((label) => streams.get(valueOf(facts, label)) ?? []),
    ]),
  ]
  return (incident: RoutedIncident): readonly Mute[] => {
    if (!isFiring(incident)) return []
    const facts = factsOf(incident)
    return [
      ...(incident.status === 'SUPPRESSED' ? [{ reason: 'SUPPRESSED' } as const] : []),
      ...silences.flatMap(({ id, matchers }) =>
        holds(matchers, facts) ? [{ reason: 'SILENCE', silenceId: id } as const] : [],
      ),
      ...inhibitors.flatMap((inhibits) => inhibits(facts) ?? []),
      ...maintenance(facts).map(({ windowId, nodeId, streamId }) => ({
        reason: 'MAINTENANCE' as const,
        windowId,
        nodeId,
        streamId,
      })),
    ]
  }
}

/** Of incidents by their ids what `of` makes of why nobody is told of them now: of no reason where people hear of them. */
export function* mutesOf<T>(
  incidents: readonly RoutedIncident[],
  mutedBy: MutedBy,
  of: (mutes: readonly Mute[]) => T,
): Steps<ReadonlyMap<string, T>> {
  const why = yield* reasons(mutedBy)
  const found = new Map<string, T>()
  for (const incident of incidents) {
    found.set(incident.id, of(why(incident)))
    yield
  }
  return found
}
