import type { IncidentSeverity } from '../../../generated/prisma/enums.ts'
import type { Message } from '../notifications/message.ts'
import { messageOf } from './message-of.ts'
import {
  isAcknowledged,
  isFiring,
  rankOf,
  usual,
  type RoutedIncident,
  type Route,
  type Step,
} from './routing.ts'

/** What is remembered of a group of incidents. */
export type Group = {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly dedupKey: string
  readonly nextFlushAt: Date
  readonly lastSentAt: Date | null
  /** Who was told that something fires, and is to be told of its end. */
  readonly toldChannelIds: readonly string[]
  readonly escalateAt: Date | null
}
/** And of each of its incidents. */
export type Member = {
  readonly incident: RoutedIncident
  readonly toldAt: Date | null
  readonly toldSeverity: IncidentSeverity | null
  readonly escalationStep: number
}

export type Planned = {
  readonly messages: readonly { readonly channelId: string; readonly message: Message }[]
  /** Null when all is over and told: the group goes. */
  readonly group: Group | null
  /** What is remembered of its incidents from now on; those that are over are not among them. */
  readonly members: readonly Member[]
}

type Around = {
  /** Undefined when it is deleted or switched off: nobody is told that anything fires, but of ends as before. */
  readonly route: Route | undefined
  readonly isMuted: (incident: RoutedIncident) => boolean
  /** Whether a channel is on: none else is told anything, or counts as told. */
  readonly isOn: (channelId: string) => boolean
  /** Channels of a step of the escalation, of who is on call too. */
  readonly channelsOf: (step: Step) => readonly string[]
  readonly newKey: () => string
  readonly now: Date
}

/** How long at most what nobody heard waits once a channel is on again, however long the interval of its route. */
const UNHEARD_MS = 60_000

const later = (from: Date, ms: number): Date => new Date(from.getTime() + ms)
const earliest = (dates: readonly Date[]): Date | null =>
  dates.length === 0 ? null : new Date(Math.min(...dates.map((date) => date.getTime())))
const union = (...lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())]

const isRaised = ({ incident, toldSeverity }: Member): boolean =>
  toldSeverity !== null && rankOf(incident.severity) > rankOf(toldSeverity)
const isFresh = (member: Member): boolean =>
  member.toldAt === null || member.toldSeverity === null || isRaised(member)
const isWaiting = ({ incident, toldAt }: Member): boolean => toldAt !== null && !isAcknowledged(incident)

/**
 * What a group tells when its time has come. Mutes hold back that something fires, never that it is over: who was told of a
 * breach would else go on waiting for its end.
 */
const flushed = (group: Group, members: readonly Member[], around: Around): Planned => {
  const { route, isMuted, isOn, channelsOf, newKey, now } = around
  const firing = members.filter(({ incident }) => isFiring(incident))
  const audible = firing.filter(({ incident }) => !isMuted(incident))
  const ended = members.filter(({ incident, toldAt }) => toldAt !== null && !isFiring(incident))
  const own = route?.channelIds.filter(isOn) ?? []
  // A route of steps alone speaks by its steps; one whose channels are all off waits until one is on.
  const speaks = route !== undefined && (own.length > 0 || route.channelIds.length === 0)
  const reaches = route?.escalation.some((step) => channelsOf(step).some(isOn)) ?? false
  const fresh = speaks ? audible.filter(isFresh) : []
  const { intervalMs, repeatMs } = route ?? usual
  const repeatAt = speaks && repeatMs > 0 && group.lastSentAt ? later(group.lastSentAt, repeatMs) : null
  const repeats = repeatAt !== null && repeatAt <= now && audible.some(isWaiting)
  const tells = fresh.length > 0 || repeats
  const goesOn = fresh.length > 0 || firing.some(({ toldAt }) => toldAt !== null)

  const spoken = new Set(speaks ? audible : audible.filter(({ toldAt }) => toldAt !== null))
  const channels = union(tells ? own : [], ended.length > 0 ? group.toldChannelIds : [])
  const message = messageOf(
    {
      kind: goesOn ? 'FIRING' : 'RESOLVED',
      dedupKey: group.dedupKey,
      route: route?.name ?? null,
      groupLabels: group.labels,
      repeats: repeats && fresh.length === 0 && ended.length === 0,
      escalation: 0,
      raised: fresh.some(isRaised),
    },
    [...spoken, ...ended].map(({ incident }) => incident),
    now,
  )
  const sent = tells || ended.length > 0
  const left = firing.map((member) => {
    if (speaks || !route)
      return sent && spoken.has(member)
        ? { ...member, toldAt: member.toldAt ?? now, toldSeverity: member.incident.severity }
        : member
    // Its steps begin, and without a severity it is told all the same once a channel is on.
    return reaches && !isMuted(member.incident) ? { ...member, toldAt: member.toldAt ?? now } : member
  })
  const lastSentAt = sent ? now : group.lastSentAt
  // What is not repeated now must not stay due.
  const again =
    speaks && repeatMs > 0 && lastSentAt && left.some((each) => isWaiting(each) && !isMuted(each.incident))
  const unheard = route !== undefined && !speaks && audible.some(isFresh)
  const next = later(now, unheard ? Math.min(intervalMs, UNHEARD_MS) : intervalMs)
  const kept = {
    ...group,
    lastSentAt,
    toldChannelIds: union(group.toldChannelIds, tells ? own : []),
    nextFlushAt: again ? earliest([next, later(lastSentAt, repeatMs)])! : next,
  }
  // What nobody was told of yet begins a breach of its own once the one that was told is over.
  const anew = { dedupKey: newKey(), toldChannelIds: [], lastSentAt: null, nextFlushAt: next }
  return {
    messages: sent ? channels.map((channelId) => ({ channelId, message })) : [],
    group: left.length === 0 ? null : goesOn || ended.length === 0 ? kept : { ...kept, ...anew },
    members: left,
  }
}

/**
 * Tells the steps of the escalation that are due for incidents that were told and that nobody has acknowledged. Each step
 * once for each incident, one after the other, also where several are due at once because nobody looked for a while. The
 * message names all of the group that wait; who is not due yet goes the step in its own time.
 */
const escalated = (planned: Planned, { route, isMuted, isOn, channelsOf, now }: Around): Planned => {
  const { group } = planned
  if (group === null || !route || route.escalation.length === 0)
    return group && group.escalateAt !== null
      ? { ...planned, group: { ...group, escalateAt: null } }
      : planned
  const dueAt = ({ toldAt, escalationStep }: Member): Date | null => {
    const step = route.escalation[escalationStep]
    return step && toldAt ? later(toldAt, step.afterMs) : null
  }
  let { members } = planned
  let toldChannelIds = group.toldChannelIds
  const messages = [...planned.messages]
  const waits = (member: Member): boolean =>
    isFiring(member.incident) && isWaiting(member) && !isMuted(member.incident)
  for (const [index, step] of route.escalation.entries()) {
    const waiting = members.filter(waits)
    const due = waiting.filter((each) => each.escalationStep === index && dueAt(each)! <= now)
    if (due.length === 0) continue
    const channels = union(channelsOf(step)).filter(isOn)
    const message = messageOf(
      {
        kind: 'FIRING',
        dedupKey: group.dedupKey,
        route: route.name,
        groupLabels: group.labels,
        repeats: false,
        escalation: index + 1,
        raised: false,
      },
      waiting.map(({ incident }) => incident),
      now,
    )
    messages.push(...channels.map((channelId) => ({ channelId, message })))
    toldChannelIds = union(toldChannelIds, channels)
    const taken = new Set(due)
    members = members.map((each) => (taken.has(each) ? { ...each, escalationStep: index + 1 } : each))
  }
  const escalateAt = earliest(members.filter(waits).flatMap((member) => dueAt(member) ?? []))
  return { messages, members, group: { ...group, toldChannelIds, escalateAt } }
}

/** What a group tells now, and what becomes of it. Nothing but the next look where neither of its times has come. */
export const planGroup = (group: Group, members: readonly Member[], around: Around): Planned =>
  escalated(
    group.nextFlushAt <= around.now ? flushed(group, members, around) : { messages: [], group, members },
    around,
  )
