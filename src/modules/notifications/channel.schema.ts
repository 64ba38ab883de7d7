import { ChannelKind as kinds } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { BODY_CHARACTERS } from './channel.rules.ts'

export const NotificationChannelKind = builder.enumType('NotificationChannelKind', {
  description: 'Kind of a receiver.',
  values: {
    WEBHOOK: { description: 'A URL that takes Standard Webhooks.', value: kinds.WEBHOOK },
    SLACK: { description: 'An incoming webhook of Slack.', value: kinds.SLACK },
    EMAIL: { description: 'Addresses that get a mail.', value: kinds.EMAIL },
    PAGERDUTY: { description: 'A service of PagerDuty, by Events API v2.', value: kinds.PAGERDUTY },
  },
})

export const NotificationChannel = builder.prismaNode('NotificationChannel', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'Where messages go. What of it is secret is shown to nobody.',
  authScopes: { action: 'notificationChannel:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people, unique in the tenant.' }),
    kind: t.expose('kind', { type: NotificationChannelKind, description: 'Kind of its receiver.' }),
    target: t.exposeString('target', {
      description: 'Host of its URL, or its addresses: what of its target is no secret.',
    }),
    subjectTemplate: t.exposeString('subjectTemplate', {
      nullable: true,
      description: 'Template of subjects; null for the usual one.',
    }),
    bodyTemplate: t.exposeString('bodyTemplate', {
      extensions: longText(BODY_CHARACTERS),
      nullable: true,
      description: 'Template of texts; null for the usual one.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether messages go there.' }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why it was switched off by itself; null for one that was not.',
    }),
    version: t.exposeInt('version', { description: 'Version, which each change increases by one.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'Time of the latest change.' }),
  }),
})

const NotificationChannels = defineList({
  model: 'NotificationChannel',
  of: NotificationChannel,
  items: 'notification channels',
  filter: (is) => ({
    name: is.text('Name.'),
    kind: is.oneOf(NotificationChannelKind, 'Kind of its receiver.'),
    enabled: is.flag('Whether messages go there.'),
  }),
  order: {
    NAME: { by: 'name', unique: true, description: 'Name.' },
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
  },
  first: ['NAME', 'ASC'],
})
NotificationChannels.root('notificationChannels', {
  action: 'notificationChannel:read',
  description: 'Channels of the tenant.',
  rows: ({ notificationChannels }) => notificationChannels.reads,
})
