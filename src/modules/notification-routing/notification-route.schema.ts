import { builder } from '../../graphql/builder.ts'
import { byKey, tenantOf, type Context } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { formatDuration } from '../../platform/duration.ts'
import { OnCallSchedule } from '../on-call/on-call-schedule.schema.ts'
import { Matcher, matcherList } from './matcher.schema.ts'
import type { Matcher as Given } from './matcher.ts'
import { MAX_CHANNELS, MAX_GROUP_LABELS, MAX_STEPS } from './notification-route.rules.ts'
import type { Step } from './routing.ts'

const channelList = { cost: { small: true as const, items: MAX_CHANNELS } }

/** Names of channels, those of an answer by one question; what is deleted is left out. */
export const channelNames = async (context: Context, ids: readonly string[]): Promise<string[]> => {
  const names = byKey(context, 'namesOfChannels', (all) =>
    context.modules.notificationRoutes.queries.channelNames(tenantOf(context), all),
  )
  return (await Promise.all(ids.map((id) => names.load(id)))).filter((name) => name !== '')
}

const EscalationStep = builder.objectRef<Step>('EscalationStep').implement({
  description: 'Whom else to tell of incidents that nobody has acknowledged.',
  fields: (t) => ({
    after: t.field({
      type: 'Duration',
      description: 'How long after an incident was first told.',
      resolve: ({ afterMs }) => formatDuration(afterMs),
    }),
    channels: t.stringList({
      description: 'Names of the channels.',
      extensions: channelList,
      resolve: ({ channelIds }, _args, context) => channelNames(context, channelIds),
    }),
    schedules: t.field({
      type: [OnCallSchedule],
      description: 'On-call schedules whose person is told.',
      extensions: channelList,
      resolve: async ({ scheduleIds }, _args, context, info) => {
        const found = await Promise.all(
          scheduleIds.map((id) =>
            nodeOf<typeof OnCallSchedule.$inferType>(context, info, 'OnCallSchedule', id),
          ),
        )
        return found.filter((schedule) => schedule !== null) // those that are deleted are left out
      },
    }),
  }),
})

export const NotificationRoute = builder.prismaNode('NotificationRoute', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'Which incidents are told to which channels, how they are put together, and when.',
  authScopes: { action: 'notificationRoute:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people; unique in the tenant.' }),
    position: t.exposeInt('position', {
      description: 'Place among the routes: the lowest is asked first, of two at one place the older.',
    }),
    matchers: t.field({
      type: [Matcher],
      description: 'What incidents have to be like: all must hold, and none is all incidents.',
      extensions: matcherList,
      select: { matchers: true },
      resolve: ({ matchers }) => matchers as Given[],
    }),
    channels: t.stringList({
      description: 'Names of the channels that are told.',
      extensions: channelList,
      select: { channelIds: true },
      resolve: ({ channelIds }, _args, context) => channelNames(context, channelIds),
    }),
    groupBy: t.exposeStringList('groupBy', {
      description: 'Labels whose values tell groups apart; each group is a message.',
      extensions: { cost: { small: true, items: MAX_GROUP_LABELS } },
    }),
    groupWait: t.field({
      type: 'Duration',
      description: 'How long a new group, or a critical incident, waits for more.',
      select: { groupWaitMs: true },
      resolve: ({ groupWaitMs }) => formatDuration(groupWaitMs),
    }),
    groupInterval: t.field({
      type: 'Duration',
      description: 'How long it is from one message of a group to the next.',
      select: { groupIntervalMs: true },
      resolve: ({ groupIntervalMs }) => formatDuration(groupIntervalMs),
    }),
    repeatInterval: t.field({
      type: 'Duration',
      description: 'How often what nobody has acknowledged is told again; PT0S for never.',
      select: { repeatIntervalMs: true },
      resolve: ({ repeatIntervalMs }) => formatDuration(repeatIntervalMs),
    }),
    continues: t.exposeBoolean('continues', {
      description: 'Whether incidents of this route are held against the next ones too.',
    }),
    escalation: t.field({
      type: [EscalationStep],
      description: 'Steps of the escalation, in their order.',
      extensions: { cost: { small: true, items: MAX_STEPS } },
      select: { escalation: true },
      resolve: ({ escalation }) => escalation as unknown as Step[],
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether anything is told by it.' }),
    version: t.exposeInt('version', { description: 'Version, which each change increases by one.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const NotificationRoutes = defineList({
  model: 'NotificationRoute',
  of: NotificationRoute,
  items: 'notification routes',
  filter: (is) => ({
    name: is.text('Name.'),
    enabled: is.flag('Whether anything is told by it.'),
  }),
  order: {
    POSITION: { by: 'position', description: 'Order in which they are asked.' },
    NAME: { by: 'name', unique: true, description: 'Name.' },
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
  },
  first: ['POSITION', 'ASC'],
})
NotificationRoutes.root('notificationRoutes', {
  action: 'notificationRoute:read',
  description: 'Notification routes of the tenant.',
  rows: ({ notificationRoutes }) => notificationRoutes.reads,
})
