import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

const check = (table: string, column: string, refused: readonly string[], kept: readonly string[]) => ({
  refused: refused.map((value) => `UPDATE ${table} SET ${column} = ${value}`),
  kept: kept.map((value) => `UPDATE ${table} SET ${column} = ${value}`),
})
const severity = (eq: string) => [{ name: 'severity', eq }]
const soon = (): Date => new Date(Date.now() + 3_600_000)

export const notificationRouting: DomainFixture = {
  nodes: {
    NotificationRoute: 'notification_routes',
    Silence: 'silences',
    Inhibition: 'inhibitions',
    MaintenanceWindow: 'maintenance_windows',
  },

  rows: async ({ insert, common, word, at, stream, incident }) => {
    const route = uuidv7()
    const group = uuidv7()
    await insert('notification_routes', { ...common(), id: route, name: word, position: 0 })
    const span = { starts_at: at, ends_at: at, comment: word, created_by: word }
    await insert('silences', { ...common(), matchers: '[]', ...span })
    await insert('inhibitions', { ...common(), name: word, source_matchers: '[]', target_matchers: '[]' })
    await insert('maintenance_windows', { ...common(), stream_id: stream, ...span })
    const key = { group_key: word, labels: {}, dedup_key: word, next_flush_at: at, due_at: at }
    await insert('notification_groups', { ...common(), id: group, route_id: route, ...key })
    const { tenant_id } = common()
    await insert('notification_group_members', { tenant_id, group_id: group, incident_id: incident })
  },

  constraints: {
    notification_routes_name_check: check(
      'notification_routes',
      'name',
      [`''`, `repeat('n', 201)`],
      [`repeat('n', 200)`],
    ),
    notification_routes_position_check: check(
      'notification_routes',
      'position',
      ['-1', '10001'],
      ['0', '10000'],
    ),
    notification_routes_group_wait_ms_check: check(
      'notification_routes',
      'group_wait_ms',
      ['-1', '3600001'],
      ['0', '3600000'],
    ),
    notification_routes_group_interval_ms_check: check(
      'notification_routes',
      'group_interval_ms',
      ['999', '86400001'],
      ['1000', '86400000'],
    ),
    notification_routes_repeat_interval_ms_check: check(
      'notification_routes',
      'repeat_interval_ms',
      ['-1', '59999', '604800001'],
      ['0', '60000', '604800000'],
    ),
    silences_ends_at_check: check('silences', 'ends_at', [`starts_at - interval '1 ms'`], ['starts_at']),
    silences_comment_check: check('silences', 'comment', [`''`, `repeat('c', 2001)`], [`repeat('c', 2000)`]),
    inhibitions_name_check: check('inhibitions', 'name', [`''`, `repeat('n', 201)`], [`repeat('n', 200)`]),
    maintenance_windows_of_check: check('maintenance_windows', 'stream_id', ['NULL'], []),
    maintenance_windows_ends_at_check: check(
      'maintenance_windows',
      'ends_at',
      [`starts_at - interval '1 ms'`],
      ['starts_at'],
    ),
    maintenance_windows_comment_check: check('maintenance_windows', 'comment', [`repeat('c', 2001)`], [`''`]),
    notification_groups_of_check: check('notification_groups', 'rule_id', ['gen_random_uuid()'], []),
    notification_group_members_told_check: check(
      'notification_group_members',
      'told_severity',
      [`'LOW'`],
      [`NULL, told_at = now()`, `'LOW', told_at = now()`],
    ),
    notification_group_members_escalation_step_check: check(
      'notification_group_members',
      'escalation_step',
      ['-1'],
      ['0'],
    ),
  },

  inhabit: async ({ modules, permit, word, tenant }) => {
    const [routes, silences] = [permit<'notificationRoute:write'>(), permit<'silence:write'>()]
    const matchers = [{ name: `${word}-label`, in: [word, `${word}-other`], not: true }]
    const [stream] = await modules.streams.reads.page(tenant, { take: 1 })
    for (const number of [1, 2]) {
      await modules.notificationRoutes.service.create(routes, {
        name: `${word} route ${number}`,
        matchers,
        groupBy: [`${word}-label`],
        continues: true,
        escalation: [{ after: 'PT5M', schedules: [`${word} schedule 1`] }],
      })
      await modules.inhibitions.service.create(routes, {
        name: `${word} inhibition ${number}`,
        sourceMatchers: [{ name: `${word}-label`, contains: `${word}-source` }],
        targetMatchers: [{ name: `${word}-label`, eq: word }],
        equal: [`${word}-label`],
      })
      await modules.silences.service.create(silences, {
        matchers: [{ name: `${word}-label`, startsWith: word }],
        comment: `${word} comment`,
        endsAt: soon(),
      })
      await modules.maintenanceWindows.service.create(silences, {
        streamId: stream!.id,
        comment: `${word} comment`,
        endsAt: soon(),
      })
    }
  },

  longest: {
    'EscalationStep.schedules': 20,
    'Incident.mutedBy': 20,
    'Inhibition.sourceMatchers': 20,
    'Inhibition.targetMatchers': 20,
    'NotificationRoute.escalation': 10,
    'NotificationRoute.matchers': 20,
    'NotificationDryRun.mutedBy': 20,
    'NotificationDryRun.routes': 200,
    'RoutedTo.groupLabels': 10,
    'Silence.matchers': 20,
  },

  literals: ({ word, id }) => ({
    'Query.inhibitions.first': '5',
    'Query.maintenanceWindows.first': '5',
    'Query.notificationRoutes.first': '5',
    'Query.silences.first': '5',
    'Query.notificationRouting.labels': `[{ name: "${word}-label", value: "${word}-x" }]`,
    'Query.notificationRouting.severity': 'HIGH',
    'Mutation.createNotificationRoute.input': `{ name: "new-${word}", matchers: [{ name: "severity", eq: "HIGH" }] }`,
    'Mutation.updateNotificationRoute.input': `{ id: ${id('NotificationRoute')}, enabled: false }`,
    'Mutation.deleteNotificationRoute.input': `{ id: ${id('NotificationRoute')} }`,
    'Mutation.createSilence.input': `{ matchers: [{ name: "severity", eq: "LOW" }], comment: "New", endsAt: "${soon().toISOString()}" }`,
    'Mutation.expireSilence.input': `{ id: ${id('Silence')} }`,
    'Mutation.createInhibition.input': `{ name: "new-${word}", sourceMatchers: [{ name: "severity", eq: "CRITICAL" }], targetMatchers: [{ name: "severity", eq: "LOW" }] }`,
    'Mutation.updateInhibition.input': `{ id: ${id('Inhibition')}, enabled: false }`,
    'Mutation.deleteInhibition.input': `{ id: ${id('Inhibition')} }`,
    'Mutation.createMaintenanceWindow.input': `{ streamId: ${id('Stream')}, comment: "New", endsAt: "${soon().toISOString()}" }`,
    'Mutation.updateMaintenanceWindow.input': `{ id: ${id('MaintenanceWindow')}, comment: "Other" }`,
    'Mutation.deleteMaintenanceWindow.input': `{ id: ${id('MaintenanceWindow')} }`,
  }),

  audited: async (run) => {
    const { notificationRoute } = await run('createNotificationRoute', { name: 'R' })
    await run('updateNotificationRoute', { id: notificationRoute!.id, enabled: false })
    await run('deleteNotificationRoute', { id: notificationRoute!.id })
    const endsAt = soon().toISOString()
    const { silence } = await run('createSilence', { matchers: severity('LOW'), comment: 'C', endsAt })
    await run('expireSilence', { id: silence!.id })
    const sides = { sourceMatchers: severity('HIGH'), targetMatchers: severity('LOW') }
    const { inhibition } = await run('createInhibition', { name: 'I', ...sides })
    await run('updateInhibition', { id: inhibition!.id, enabled: false })
    await run('deleteInhibition', { id: inhibition!.id })
    const { stream } = await run('createStream', { title: 'S' })
    const { maintenanceWindow } = await run('createMaintenanceWindow', { streamId: stream!.id, endsAt })
    await run('updateMaintenanceWindow', { id: maintenanceWindow!.id, comment: 'C' })
    await run('deleteMaintenanceWindow', { id: maintenanceWindow!.id })
  },
}
