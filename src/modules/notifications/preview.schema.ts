import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { needs } from '../../graphql/needs.ts'
import { Incident } from '../incidents/incident.types.schema.ts'
import { NotificationChannel } from './channel.schema.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { MAX_TEXT } from './templates.ts'

const NotificationPreview = builder
  .objectRef<{ readonly subject: string; readonly text: string }>('NotificationPreview')
  .implement({
    description: 'A message as it would be.',
    fields: (t) => ({
      subject: t.exposeString('subject', { description: 'Subject.' }),
      text: t.exposeString('text', { description: 'Text.', extensions: longText(MAX_TEXT) }),
    }),
  })

builder.queryField('notificationPreview', (t) =>
  t.field({
    type: NotificationPreview,
    nullable: true,
    description: `What a channel would be told of an incident. ${needs('notificationChannel:read')}`,
    authScopes: { action: 'notificationChannel:read' },
    args: {
      channel: t.arg.globalID({
        for: NotificationChannel,
        description: 'Global id of a channel, whose templates are taken (default: the usual ones).',
      }),
      subject: t.arg.string({ description: "Template of the subject (default: the channel's)." }),
      body: t.arg.string({ description: "Template of the text (default: the channel's)." }),
      incident: t.arg.globalID({
        for: Incident,
        description: 'Global id of an incident (default: the newest, or an example).',
      }),
    },
    resolve: (_root, { channel, incident, ...templates }, context) =>
      context.modules.notifications.service.preview(tenantOf(context), {
        ...templates,
        channelId: channel?.id,
        incidentId: incident?.id,
      }),
  }),
)
