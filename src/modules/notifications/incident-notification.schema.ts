import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Incident } from '../incidents/incident.types.schema.ts'
import { Notification } from './notification.schema.ts'

const IncidentNotification = builder.prismaNode('NotificationIncident', {
  name: 'IncidentNotification',
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'That a message tells of an incident.',
  authScopes: { action: 'notification:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    incident: t.relation('incident', { type: Incident, description: 'The incident.' }),
    notification: t.relation('notification', { type: Notification, description: 'The message.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time when it was decided on.' }),
  }),
})

const IncidentNotifications = defineList({
  model: 'NotificationIncident',
  of: IncidentNotification,
  items: 'messages about incidents',
  filter: (is) => ({ createdAt: is.time('Time when it was decided on.') }),
  order: { CREATED_AT: { by: 'createdAt', description: 'Time when it was decided on.' } },
  first: ['CREATED_AT', 'DESC'],
})
IncidentNotifications.below(Incident, 'notifications', {
  action: 'notification:read',
  description: 'Messages about the incident.',
  within: 'incidentId',
  rows: ({ notifications }) => notifications.incidentReads,
})
