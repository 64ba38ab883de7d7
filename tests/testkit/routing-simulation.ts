import { describe, expect, test } from 'vitest'
import type { IncidentSeverity, IncidentStatus } from '../../generated/prisma/enums.ts'
import {
  mutesOf,
  type ActiveInhibition,
  type Maintained,
} from '../../src/modules/notification-routing/mutes.ts'
import type { Matcher } from '../../src/modules/notification-routing/matcher.ts'
import { placed } from '../../src/modules/notification-routing/placing.ts'
import { planGroup, type Group, type Member } from '../../src/modules/notification-routing/planner.ts'
import {
  isFiring,
  ownRoute,
  type RoutedIncident,
  type Route,
} from '../../src/modules/notification-routing/routing.ts'
import type { Steps } from '../../src/platform/turns.ts'

type Silence = { id: string; matchers: readonly Matcher[]; from: number; to: number }
type Place = { routeId: string | null; ruleId: string | null; groupKey: string }
type Kept = { group: Group & Place; members: Map<string, Omit<Member, 'incident'>> }

/** What a simulation begins with; times are seconds. */
export type Setup = {
  readonly routes?: readonly Partial<Route>[]
  readonly silences?: readonly (Omit<Silence, 'id' | 'from' | 'to'> & { from?: number; to?: number })[]
  readonly inhibitions?: readonly Partial<ActiveInhibition>[]
  readonly maintained?: readonly (Maintained & { from: number; to: number })[]
  /** Whether a channel is on at a time; all are unless told. */
  readonly isOn?: (channel: string, second: number) => boolean
  /** Who is on call in a schedule at a time. */
  readonly onCall?: (schedule: string, second: number) => readonly string[]
}
export type Act = (world: ReturnType<typeof createWorld>) => void

const T0 = Date.UTC(2026, 10, 29, 12)
const dateAt = (second: number): Date => new Date(T0 + second * 1_000)

export const routeOf = (route: Partial<Route>, index: number): Route => ({
  id: `route-${index}`,
  name: `route-${index}`,
  matchers: [],
  channelIds: ['ops'],
  groupBy: [],
  waitMs: 10_000,
  intervalMs: 300_000,
  repeatMs: 0,
  continues: false,
  escalation: [],
  ...route,
})

/** What takes turns on a server, in one go. */
const atOnce = <T>(steps: Steps<T>): T => {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

const createWorld = (setup: Setup) => {
  const incidents = new Map<string, RoutedIncident>()
  const signals = new Set<string>()
  return {
    second: 0,
    incidents,
    signals,
    routes: (setup.routes ?? [{}]).map(routeOf),
    silences: (setup.silences ?? []).map(({ from = 0, to = 1e6, ...rest }, n) => ({
      ...rest,
      id: `s${n}`,
      from,
      to,
    })),
    inhibitions: (setup.inhibitions ?? []).map((each, n) => ({
      id: `i${n}`,
      source: [],
      target: [],
      equal: [],
      ...each,
    })),
    maintained: setup.maintained ?? [],
    /** While this is over a moment, nobody looks. */
    downUntil: -1,
    change(id: string, changes: Partial<RoutedIncident>): void {
      const before: RoutedIncident = incidents.get(id) ?? {
        id,
        number: incidents.size + 1,
        title: id,
        description: '',
        severity: 'HIGH',
        status: 'OPEN',
        source: 'manual',
        labels: {},
        acknowledgedBy: null,
        firstSeenAt: dateAt(this.second),
        resolvedAt: null,
        occurrences: 1,
        value: null,
        threshold: null,
        mergedIntoId: null,
        rule: null,
      }
      incidents.set(id, { ...before, ...changes })
      signals.add(id)
    },
  }
}

export const fire =
  (id: string, more: Partial<RoutedIncident> = {}): Act =>
  (world) =>
    world.change(id, { status: 'OPEN', resolvedAt: null, ...more })
export const labeled = (id: string, labels: Record<string, string>, severity?: IncidentSeverity): Act =>
  fire(id, { labels, ...(severity && { severity }) })
export const become =
  (status: IncidentStatus) =>
  (id: string): Act =>
  (world) =>
    world.change(id, {
      status,
      ...(status === 'INVESTIGATING' && { acknowledgedBy: 'user:Ada' }),
      ...((status === 'RESOLVED' || status === 'CLOSED') && { resolvedAt: dateAt(world.second) }),
    })
export const [ack, resolve, close, suppress, reopen] = [
  become('INVESTIGATING'),
  become('RESOLVED'),
  become('CLOSED'),
  become('SUPPRESSED'),
  become('OPEN'),
]
export const grade =
  (id: string, severity: IncidentSeverity): Act =>
  (world) =>
    world.change(id, { severity })
export const merge =
  (id: string, mergedIntoId: string): Act =>
  (world) =>
    world.change(id, { status: 'CLOSED', mergedIntoId, resolvedAt: dateAt(world.second) })
/** Ends the first silence now. */
export const speak: Act = (world) => void (world.silences[0]!.to = world.second)
export const reroute =
  (...routes: readonly Partial<Route>[]): Act =>
  (world) =>
    void (world.routes = routes.map(routeOf))
/** Every program is gone until then. */
export const downUntil =
  (second: number): Act =>
  (world) =>
    void (world.downUntil = second)

/**
 * What is heard until a second: `10 ops FIRING a b #1`. After the kind `again` for a repetition and `step 1` for one of the
 * escalation; an incident that is over has a stroke: `b/`. #1 is the first dedup key, #2 the second.
 */
export const simulate = (
  setup: Setup,
  acts: readonly (readonly [second: number, ...does: Act[]])[],
  until: number,
): string[] => {
  const world = createWorld(setup)
  const kept = new Map<string, Kept>()
  const keys: string[] = []
  const heard: string[] = []

  const place = (now: Date): void => {
    const changed = [...world.signals].map((id) => world.incidents.get(id)!)
    world.signals.clear()
    const memberships = [...kept.values()].flatMap(({ group, members }) =>
      [...members].map(([incidentId, member]) => ({ ...group, ...member, incidentId, groupId: group.id })),
    )
    const { joins, leaves } = atOnce(placed(changed, memberships, world.routes))
    for (const { groupId, incidentId } of leaves)
      for (const { group, members } of kept.values()) if (group.id === groupId) members.delete(incidentId)
    for (const { groupKey, routeId, ruleId, labels, waitMs, incidentId, urgent } of joins) {
      const flushAt = new Date(now.getTime() + waitMs)
      const id = `group-${kept.size}-${now.getTime()}`
      const found = kept.get(groupKey) ?? {
        group: {
          id,
          routeId,
          ruleId,
          groupKey,
          labels,
          dedupKey: crypto.randomUUID(),
          nextFlushAt: flushAt,
          lastSentAt: null,
          toldChannelIds: [],
          escalateAt: null,
        },
        members: new Map(),
      }
      if (urgent && flushAt < found.group.nextFlushAt) found.group = { ...found.group, nextFlushAt: flushAt }
      if (!found.members.has(incidentId))
        found.members.set(incidentId, { toldAt: null, toldSeverity: null, escalationStep: 0 })
      kept.set(groupKey, found)
    }
  }

  const flush = (now: Date): void => {
    const within = ({ from, to }: { from: number; to: number }): boolean =>
      from <= world.second && world.second < to
    const mutedBy = {
      silences: world.silences.filter(within),
      inhibitions: world.inhibitions,
      maintained: world.maintained.filter(within),
      firing: [...world.incidents.values()].filter(isFiring),
    }
    const muted = atOnce(mutesOf([...world.incidents.values()], mutedBy, (mutes) => mutes.length > 0))
    for (const [groupKey, { group, members }] of kept) {
      const dueMs = Math.min(group.nextFlushAt.getTime(), group.escalateAt?.getTime() ?? Infinity)
      if (dueMs > now.getTime()) continue
      const before = [...members].map(([id, member]) => ({ ...member, incident: world.incidents.get(id)! }))
      const rule =
        before.find(({ incident }) => incident.rule?.id === group.ruleId)?.incident.rule ?? undefined
      const planned = planGroup(group, before, {
        route:
          group.routeId === null
            ? rule && ownRoute(rule)
            : world.routes.find(({ id }) => id === group.routeId),
        isMuted: ({ id }) => muted.get(id) === true,
        isOn: (channel) => setup.isOn?.(channel, world.second) ?? true,
        channelsOf: ({ channelIds, scheduleIds }) => [
          ...channelIds,
          ...scheduleIds.flatMap((id) => setup.onCall?.(id, world.second) ?? []),
        ],
        newKey: () => crypto.randomUUID(),
        now,
      })
      for (const { channelId, message } of planned.messages) {
        if (!keys.includes(message.dedupKey)) keys.push(message.dedupKey)
        const what = message.incidents.map(({ title, status }) => (status === 'FIRING' ? title : `${title}/`))
        const kind = `${message.kind}${message.repeats ? ' again' : ''}${message.escalation ? ` step ${message.escalation}` : ''}`
        heard.push(
          `${world.second} ${channelId} ${kind} ${what.join(' ')} #${keys.indexOf(message.dedupKey) + 1}`,
        )
      }
      if (!planned.group) kept.delete(groupKey)
      else
        kept.set(groupKey, {
          group: planned.group as Kept['group'],
          members: new Map(planned.members.map(({ incident, ...member }) => [incident.id, member])),
        })
    }
  }

  for (world.second = 0; world.second <= until; world.second += 1) {
    for (const [second, ...does] of acts) if (second === world.second) for (const act of does) act(world)
    if (world.second < world.downUntil) continue
    place(dateAt(world.second))
    flush(dateAt(world.second))
  }
  return heard
}

export type Row = readonly [
  what: string,
  setup: Setup,
  acts: readonly (readonly [second: number, ...does: Act[]])[],
  until: number,
  heard: readonly string[],
]

/** Each row is a test: what is heard of what happens at these seconds. */
export const table = (name: string, rows: readonly Row[]): void =>
  void describe(name, () =>
    test.each(rows)('%s', (_what, setup, acts, until, heard) => {
      expect(simulate(setup, acts, until)).toEqual(heard)
    }),
  )

export const only = (name: string, eq: string) => [{ name, eq }]
export const rule = (channelIds: string[], id = 'rule') => ({
  rule: { id, name: id, operator: 'GT' as const, windowMs: 60_000, channelIds },
})
export const quiet = (from: number, to: number) => ({
  silences: [{ matchers: only('team', 'video'), from, to }],
})
export const video = (id: string) => labeled(id, { team: 'video' })
