import { expect } from 'vitest'
import { decodeGlobalID, encodeGlobalID } from '../../src/graphql/global-id.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { aMessage } from '../testkit/notifications.ts'
import { eventually } from '../testkit/waiters.ts'
import type { DomainFixture, World } from './fixture.ts'

/**
 * A channel that leads to this machine, which is refused as long as no setting allows it, and without a question
 * to a name server.
 */
const channel = async ({ modules, permit, word }: World, name: string) => {
  const { channel } = await modules.notificationChannels.service.create(
    permit<'notificationChannel:write'>(),
    {
      name,
      webhookUrl: `https://localhost/${word}`,
      subjectTemplate: `${word} {{ title }}`,
      bodyTemplate: `${word} {{ title }}`,
    },
  )
  return channel
}

const check = (table: string, column: string, refused: readonly string[], kept: readonly string[]) => ({
  refused: refused.map((value) => `UPDATE ${table} SET ${column} = ${value}`),
  kept: kept.map((value) => `UPDATE ${table} SET ${column} = ${value}`),
})

export const notifications: DomainFixture = {
  nodes: {
    NotificationChannel: 'notification_channels',
    Notification: 'notifications',
    NotificationAttempt: 'notification_attempts',
    IncidentNotification: 'notification_incidents',
  },

  rows: async ({ insert, common, word, at, incident }) => {
    const { tenant_id } = common()
    const [channelId, notificationId, incidentId] = [uuidv7(), uuidv7(), uuidv7()]
    await insert('notification_channels', {
      ...common(),
      id: channelId,
      name: word,
      kind: 'WEBHOOK',
      target: word,
      sealed: Buffer.from(word),
    })
    await insert('notifications', {
      tenant_id,
      id: notificationId,
      channel_id: channelId,
      kind: 'TEST',
      dedup_key: word,
      message: {},
      attempts: 1,
      next_attempt_at: at,
    })
    await insert('notification_attempts', {
      id: uuidv7(),
      tenant_id,
      notification_id: notificationId,
      number: 1,
      duration_ms: 1,
    })
    await insert('notification_incidents', {
      id: uuidv7(),
      tenant_id,
      notification_id: notificationId,
      incident_id: incident,
    })
    await insert('incident_signals', { tenant_id, incident_id: incidentId })
  },

  constraints: {
    notification_channels_name_check: check(
      'notification_channels',
      'name',
      [`''`, `repeat('n', 201)`],
      [`repeat('n', 200)`],
    ),
    notification_channels_subject_template_check: check(
      'notification_channels',
      'subject_template',
      [`repeat('n', 1001)`],
      [`repeat('n', 1000)`, 'NULL'],
    ),
    notification_channels_body_template_check: check(
      'notification_channels',
      'body_template',
      [`repeat('n', 20001)`],
      [`repeat('n', 20000)`, 'NULL'],
    ),
    notifications_attempts_check: check('notifications', 'attempts', ['-1'], ['1']),
    notifications_retried_after_check: check(
      'notifications',
      'retried_after',
      ['-1', 'attempts + 1'],
      ['attempts'],
    ),
    notifications_ended_check: {
      refused: [
        `UPDATE notifications SET status = 'FAILED', ended_at = NULL`,
        `UPDATE notifications SET status = 'PENDING', ended_at = now()`,
      ],
      kept: [
        `UPDATE notifications SET status = 'FAILED', ended_at = now()`,
        `UPDATE notifications SET status = 'PENDING', ended_at = NULL`,
      ],
    },
    notification_attempts_number_check: check('notification_attempts', 'number', ['0'], ['1']),
    notification_attempts_duration_ms_check: check('notification_attempts', 'duration_ms', ['-1'], ['0']),
  },

  inhabit: async (world) => {
    const { modules, tenant, word } = world
    const [incident] = await modules.incidents.reads.page(tenant, { orderBy: { number: 'asc' }, take: 1 })
    for (const number of [1, 2]) {
      const { id: channelId } = await channel(world, `${word} channel ${number}`)
      const { incidents } = aMessage()
      const message = aMessage({
        dedupKey: `${word} key`,
        groupLabels: { [word]: word },
        incidents: incidents.map((each) => ({ ...each, id: incident!.id })),
      })
      await modules.notifications.service.tell(tenant, [{ channelId, message }])
    }
    await modules.notifications.service.tasks[0]!.run()
    await eventually(async () => expect(await modules.notifications.attemptReads.count(tenant)).toBe(2))
  },

  busy: async ({ modules, tenant }, mark) => {
    const to = await modules.notificationChannels.reads.find(tenant, {})
    await modules.notifications.service.tell(tenant, [
      { channelId: to!.id, message: aMessage({ dedupKey: mark }) },
    ])
  },

  literals: ({ word, id }) => ({
    'Subscription.notificationChanged.after': '"0-0"',
    'Query.notificationChannels.first': '5',
    'Query.notifications.first': '5',
    'NotificationChannel.notifications.first': '5',
    'Notification.attempts.first': '5',
    'Incident.notifications.first': '5',
    'Query.notificationPreview.channel': id('NotificationChannel'),
    'Query.notificationPreview.subject': `"{{ title }}"`,
    'Query.notificationPreview.body': `"{{ labels.host }}"`,
    'Query.notificationPreview.incident': id('Incident'),
    'Mutation.createNotificationChannel.input': `{ name: "new-${word}", webhookUrl: "https://hooks.example.com/a" }`,
    'Mutation.updateNotificationChannel.input': `{ id: ${id('NotificationChannel')}, bodyTemplate: "Other" }`,
    'Mutation.testNotificationChannel.input': `{ id: ${id('NotificationChannel')} }`,
    'Mutation.rotateNotificationChannelSecret.input': `{ id: ${id('NotificationChannel')} }`,
    'Mutation.deleteNotificationChannel.input': `{ id: ${id('NotificationChannel')} }`,
    'Mutation.retryNotification.input': `{ id: ${id('Notification')} }`,
  }),

  audited: async (run, { modules, tenant }) => {
    const made = await run('createNotificationChannel', {
      name: 'C',
      webhookUrl: 'https://localhost/a',
    })
    const { id } = made.notificationChannel!
    await run('updateNotificationChannel', { id, name: 'D' })
    await run('rotateNotificationChannelSecret', { id })
    await run('testNotificationChannel', { id })
    await modules.notifications.service.tell(tenant, [
      { channelId: decodeGlobalID(id).id, message: aMessage() },
    ])
    const message = await modules.notifications.reads.find(tenant, {})
    await run('retryNotification', { id: encodeGlobalID('Notification', message!.id) })
    await run('deleteNotificationChannel', { id })
  },
}
