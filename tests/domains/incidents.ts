import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import { logLevels } from '../../src/modules/incidents/log-level.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const incidents: DomainFixture = {
  nodes: { Incident: 'incidents', IncidentEvent: 'incident_events' },

  constraints: {
    incidents_merged_into_id_check: {
      refused: [
        'UPDATE incidents SET merged_into_id = id',
        `UPDATE incidents SET merged_into_id = gen_random_uuid(), status = 'OPEN'`,
      ],
      kept: [`UPDATE incidents SET status = 'OPEN'`],
    },
  },

  inhabit: async ({ modules, permit, word }) => {
    for (const number of [1, 2]) {
      const { id } = await modules.incidents.service.open(permit<'incident:write'>(), {
        title: `${word} incident`,
        severity: 'HIGH',
        description: `${word} description`,
        source: `${word}-source`,
        fingerprint: `${word}-${number}`,
        labels: [{ name: `${word}-label`, value: word }],
      })
      await modules.incidents.service.addNote(permit<'incident:write'>(), { id, note: `${word} note` })
    }
  },

  facts: ({ word }) => ({
    log_events: [1, 2].map((number) => ({
      event_id: uuidv7(),
      time: new Date().toISOString(),
      level: 'ERROR',
      message: `${word} message ${number}`,
      service: `${word}-service`,
      host: `${word}-host`,
      trace_id: `${word}-trace`,
      attributes: { [`${word}-name`]: word },
    })),
  }),

  longest: {
    'Incident.labels': 64,
    'IncidentGroup.points': 3_000,
    'IncidentRuleGroup.points': 3_000,
    'IncidentSeries.groups': 50,
    'IncidentSeries.points': 3_000,
    'IncidentSeries.rules': 50,
    'IncidentSeries.severities': 4,
    'IncidentSeverityCount.points': 3_000,
    'LogEvent.attributes': 64,
    'LogEvent.logContext': 201,
    'LogGroup.points': 3_000,
    'LogPatternBreakdown.patterns': 100,
    'LogSeries.groups': 50,
    'LogSeries.points': 3_000,
    'LogLevelCount.points': 3_000,
    'LogLevelSeries.levels': logLevels.length,
  },

  busy: async ({ modules, permit }, mark) => {
    await modules.incidents.service.open(permit<'incident:write'>(), {
      title: mark,
      severity: 'LOW',
    })
  },

  literals: ({ id, word }) => ({
    'Subscription.incidentChanged.after': '"0-0"',
    'Query.incident.number': '1',
    'Query.incidents.first': '20',
    'Query.logs.first': '20',
    'LogEvent.logContext.before': '2',
    'LogEvent.logContext.after': '2',
    'Analytics.incidents.range': '{ last: "PT10M" }',
    'Analytics.incidents.step': '"PT5M"',
    'IncidentSeries.groups.by': `"${word}-label"`,
    'Analytics.logs.range': '{ last: "PT10M" }',
    'Analytics.logs.step': '"PT5M"',
    'LogSeries.groups.by': 'HOST',
    'Analytics.logPatterns.first': '100',
    'Subscription.logAdded.withStart': 'true',
    'Analytics.logLevels.range': '{ last: "PT10M" }',
    'Analytics.logLevels.step': '"PT5M"',
    'Mutation.assignIncident.input': `{ id: ${id('Incident')}, userId: null }`,
    'Mutation.changeIncidentSeverity.input': `{ id: ${id('Incident')}, severity: CRITICAL }`,
    'Mutation.mergeIncidents.input': `{ id: ${id('Incident')}, intoId: ${id('Incident')} }`,
    'Mutation.openIncident.input': `{ title: "New", severity: LOW, dedupKey: "new" }`,
    'Mutation.changeIncidentStatus.input': `{ id: ${id('Incident')}, status: RESOLVED }`,
    'Mutation.addIncidentNote.input': `{ id: ${id('Incident')}, note: "Hello" }`,
  }),

  audited: async (run, { modules, tenant }) => {
    const { incident } = await run('openIncident', { title: 'I', severity: 'LOW' })
    const { id } = incident!
    await run('addIncidentNote', { id, note: 'N' })
    await run('changeIncidentStatus', { id, status: 'INVESTIGATING' })
    await run('changeIncidentSeverity', { id, severity: 'HIGH' })
    const [member] = await modules.members.reads.page(tenant, { take: 1 })
    await run('assignIncident', { id, userId: encodeGlobalID('User', member!.userId) })
    const { incident: other } = await run('openIncident', { title: 'J', severity: 'LOW' })
    await run('mergeIncidents', { id, intoId: other!.id })
  },
}
