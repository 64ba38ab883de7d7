import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf } from '../../graphql/context.ts'
import { Label, LabelInput } from '../../graphql/labels.ts'
import { needs } from '../../graphql/needs.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { IncidentSeverity } from '../incidents/incident.types.schema.ts'
import type { Explained } from './explain.store.ts'
import { IncidentMute, MAX_MUTES } from './incident-mutes.schema.ts'
import { MAX_CHANNELS, MAX_GROUP_LABELS, MAX_ROUTES } from './notification-route.rules.ts'
import { channelNames, NotificationRoute } from './notification-route.schema.ts'

const channelList = { cost: { small: true as const, items: MAX_CHANNELS } }

const RoutedTo = builder.objectRef<Explained['routes'][number]>('RoutedTo').implement({
  description: 'A route that an incident would take, and its group there.',
  fields: (t) => ({
    route: t.field({
      type: NotificationRoute,
      nullable: true,
      description: 'The route.',
      resolve: ({ id }, _args, context, info) => nodeOf(context, info, 'NotificationRoute', id),
    }),
    groupLabels: t.field({
      type: [Label],
      description: 'Labels of its group.',
      extensions: { cost: { small: true, items: MAX_GROUP_LABELS } },
      resolve: ({ labels }) => Object.entries(labels).map(([name, value]) => ({ name, value })),
    }),
    channels: t.stringList({
      description: 'Names of the channels that would be told.',
      extensions: channelList,
      resolve: ({ channelIds }, _args, context) => channelNames(context, channelIds),
    }),
  }),
})

const NotificationDryRun = builder.objectRef<Explained>('NotificationDryRun').implement({
  description: 'Whom the routes as they are would tell of an incident that is new.',
  fields: (t) => ({
    routes: t.field({
      type: [RoutedTo],
      description: 'Routes that it would take, in their order.',
      extensions: { cost: { items: MAX_ROUTES } },
      resolve: ({ routes }) => [...routes],
    }),
    ruleChannels: t.stringList({
      description: 'Names of the channels that its rule itself names.',
      extensions: channelList,
      resolve: ({ ruleChannelIds }, _args, context) => channelNames(context, ruleChannelIds),
    }),
    mutedBy: t.field({
      type: [IncidentMute],
      description: `Why nobody would be told now, ${MAX_MUTES} reasons at most; empty where people would be.`,
      extensions: { cost: { items: MAX_MUTES } },
      resolve: ({ mutes }) => mutes.slice(0, MAX_MUTES),
    }),
  }),
})

builder.queryField('notificationRouting', (t) =>
  t.field({
    type: NotificationDryRun,
    nullable: true,
    description: `Whom an incident with these labels would be told to, and what would keep it quiet. ${needs('notificationRoute:read')}`,
    authScopes: { action: 'notificationRoute:read' },
    extensions: { cost: { base: 5 } },
    args: {
      labels: t.arg({ type: [LabelInput], required: true, description: 'Labels of the incident.' }),
      severity: t.arg({ type: IncidentSeverity, required: true, description: 'Its severity.' }),
      title: t.arg.string({ description: 'Its title (default: empty).' }),
      source: t.arg.string({ description: 'Person or program that reports it (default: alert-rule).' }),
      rule: t.arg.string({ description: 'Name of the alert rule that opens it (default: none).' }),
    },
    resolve: (_root, { labels, severity, title, source, rule }, context) =>
      context.modules.notificationRoutes.queries.explain(
        tenantOf(context),
        {
          labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])),
          severity,
          title: title ?? '',
          source: source ?? 'alert-rule',
          rule: rule ?? null,
        },
        new Date(clockOf(context).now()),
      ),
  }),
)
