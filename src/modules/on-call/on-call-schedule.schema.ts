import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { clockOf, tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { formatDuration } from '../../platform/duration.ts'
import { createTurnstile } from '../../platform/turnstile.ts'
import { NotificationChannel } from '../notifications/channel.schema.ts'
import { calendarOf, MAX_OVERRIDES, MAX_PARTICIPANTS } from './on-call-schedule.rules.ts'
import { rotationOf } from './rotation.ts'
import { MAX_SHIFTS, shiftAt, shiftsBetween, type Override, type Participant, type Shift } from './shifts.ts'

const channelField = <T extends Participant>(t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>) =>
  t.field({
    type: NotificationChannel,
    nullable: true,
    description: 'Channel by which they are told; null once it is deleted.',
    resolve: ({ channelId }, _args, context, info) =>
      nodeOf<typeof NotificationChannel.$inferType>(context, info, 'NotificationChannel', channelId),
  })

const OnCallParticipant = builder.objectRef<Participant>('OnCallParticipant').implement({
  description: 'Somebody who takes turns to be on call.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    channel: channelField(t),
  }),
})
const OnCallOverride = builder.objectRef<Override>('OnCallOverride').implement({
  description: 'A time that somebody takes from whose turn it is.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of who takes it.' }),
    channel: channelField(t),
    from: t.expose('from', { type: 'DateTime', description: 'Its start.' }),
    to: t.expose('to', { type: 'DateTime', description: 'Its end.' }),
  }),
})
const OnCallShift = builder.objectRef<Shift>('OnCallShift').implement({
  description: 'A time in which one person is on call.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the person.' }),
    channel: channelField(t),
    from: t.expose('from', { type: 'DateTime', description: 'Its start.' }),
    to: t.expose('to', { type: 'DateTime', description: 'Its end: the handover.' }),
    isOverride: t.exposeBoolean('isOverride', { description: 'Whether they take the time of another.' }),
  }),
})

/** A page of schedules has tens of thousands of shifts: others have their turn meanwhile. */
const turns = createTurnstile()

const columns = {
  timezone: true,
  startsAt: true,
  shiftMs: true,
  participants: true,
  overrides: true,
} as const

export const OnCallSchedule = builder.prismaNode('OnCallSchedule', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'Who is told when: people who take turns.',
  authScopes: { action: 'onCallSchedule:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people; unique in the tenant.' }),
    timezone: t.exposeString('timezone', {
      description: 'Time zone whose clock tells when a turn ends, summer and winter.',
    }),
    startsAt: t.exposeString('startsAt', {
      description: 'First handover, as a clock of that zone shows it, such as 2026-11-30T09:00.',
    }),
    shift: t.field({
      type: 'Duration',
      description: 'Length of a turn by that clock.',
      select: { shiftMs: true },
      resolve: ({ shiftMs }) => formatDuration(Number(shiftMs)),
    }),
    participants: t.field({
      type: [OnCallParticipant],
      description: 'Who takes turns, in order.',
      extensions: { cost: { small: true, items: MAX_PARTICIPANTS } },
      select: columns,
      resolve: (row) => [...rotationOf(row).participants],
    }),
    overrides: t.field({
      type: [OnCallOverride],
      description: 'Times that somebody takes from another; of two at once the later one in the list counts.',
      extensions: { cost: { small: true, items: MAX_OVERRIDES } },
      select: columns,
      resolve: (row) => [...rotationOf(row).overrides],
    }),
    onCallNow: t.field({
      type: OnCallShift,
      nullable: true,
      description: 'Who is on call now; null before the first handover.',
      select: columns,
      resolve: (row, _args, context) => shiftAt(rotationOf(row), clockOf(context).now()),
    }),
    shifts: t.field({
      type: [OnCallShift],
      description: `Who is on call in a window, in order (${MAX_SHIFTS} at most).`,
      extensions: { cost: { small: true, items: MAX_SHIFTS } },
      args: {
        from: t.arg({ type: 'DateTime', description: 'Start of the window (default: now).' }),
        to: t.arg({
          type: 'DateTime',
          description: 'Its end, a year later at most (default: 14 days later).',
        }),
      },
      select: columns,
      resolve: async (row, window, context) => {
        const { fromMs, toMs } = calendarOf(window, clockOf(context).now())
        await turns.enter()
        return shiftsBetween(rotationOf(row), fromMs, toMs)
      },
    }),
    version: t.exposeInt('version', { description: 'Version, which each change increases by one.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const OnCallSchedules = defineList({
  model: 'OnCallSchedule',
  of: OnCallSchedule,
  items: 'on-call schedules',
  filter: (is) => ({ name: is.text('Name.') }),
  order: {
    NAME: { by: 'name', unique: true, description: 'Name.' },
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
  },
  first: ['NAME', 'ASC'],
})
OnCallSchedules.root('onCallSchedules', {
  action: 'onCallSchedule:read',
  description: 'On-call schedules of the tenant.',
  rows: ({ onCallSchedules }) => onCallSchedules.reads,
})
