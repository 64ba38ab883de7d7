import type { Prisma } from '../../../generated/prisma/client.ts'
import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { DateTimeFilter, OrderDirection, StringFilter, toWhere } from '../../graphql/filters.ts'
import { countsRows } from '../../graphql/limits/cost.ts'
import { keysetPage, type KeysetColumn } from '../../graphql/keyset.ts'
import { Incident, IncidentSeverity, IncidentStatus } from './incident.types.schema.ts'

const statusFilter = builder.inputType('IncidentStatusFilter', {
  description: 'Conditions on a status.',
  fields: (t) => ({
    eq: t.field({ type: IncidentStatus, description: 'Is this one.' }),
    in: t.field({ type: [IncidentStatus], description: 'Is one of these.' }),
  }),
})
const severityFilter = builder.inputType('IncidentSeverityFilter', {
  description: 'Conditions on a severity.',
  fields: (t) => ({
    eq: t.field({ type: IncidentSeverity, description: 'Is this one.' }),
    in: t.field({ type: [IncidentSeverity], description: 'Is one of these.' }),
  }),
})

const IncidentFilter = builder.inputRef<object>('IncidentFilter')
IncidentFilter.implement({
  description: 'Conditions on incidents. Those given must all hold.',
  fields: (t) => ({
    status: t.field({ type: statusFilter, description: 'Its status.' }),
    severity: t.field({ type: severityFilter, description: 'Its severity.' }),
    title: t.field({ type: StringFilter, description: 'Its title.' }),
    source: t.field({ type: StringFilter, description: 'Who or what saw it.' }),
    fingerprint: t.field({ type: StringFilter, description: 'Its fingerprint.' }),
    firstSeenAt: t.field({ type: DateTimeFilter, description: 'When it was seen first.' }),
    lastSeenAt: t.field({ type: DateTimeFilter, description: 'When it was seen last.' }),
    and: t.field({ type: [IncidentFilter], description: 'All of these hold.' }),
    or: t.field({ type: [IncidentFilter], description: 'One of these holds.' }),
    not: t.field({ type: IncidentFilter, description: 'This does not hold.' }),
  }),
})

const columns = {
  NUMBER: { field: 'number', kind: 'number' },
  SEVERITY: { field: 'severityRank', kind: 'number' },
  FIRST_SEEN_AT: { field: 'firstSeenAt', kind: 'date' },
  LAST_SEEN_AT: { field: 'lastSeenAt', kind: 'date' },
} as const satisfies Record<string, KeysetColumn>

const IncidentOrderField = builder.enumType('IncidentOrderField', {
  description: 'What incidents can be ordered by.',
  values: {
    NUMBER: { description: 'The order in which they were recorded.' },
    SEVERITY: { description: 'How bad they are: DESC is worst first.' },
    FIRST_SEEN_AT: { description: 'When they were seen first.' },
    LAST_SEEN_AT: { description: 'When they were seen last.' },
  } as const,
})
const IncidentOrder = builder.inputType('IncidentOrder', {
  description: 'An order of incidents.',
  fields: (t) => ({
    field: t.field({ type: IncidentOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
  }),
})

/** Pothos types the selection as one that may be undefined, which it never is. */
type Selection = Pick<Prisma.IncidentFindManyArgs, 'select' | 'include'>

builder.queryField('incidents', (t) =>
  t.connection(
    {
      type: Incident,
      description:
        'The incidents of the tenant, newest first unless ordered otherwise. Needs the scope read.',
      authScopes: { action: 'incident:read' },
      args: {
        filter: t.arg({ type: IncidentFilter, description: 'Which ones.' }),
        orderBy: t.arg({ type: IncidentOrder, description: 'In which order.' }),
      },
      resolve: async (_root, args, context, info) => {
        const tenant = tenantOf(context)
        const { store } = context.modules.incidents
        const where = toWhere(args.filter)
        const query = queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] })
        const page = await keysetPage({
          args,
          column: columns[args.orderBy?.field ?? 'NUMBER'],
          direction: args.orderBy?.direction ?? 'DESC',
          where,
          find: (find) => store.page(tenant, { ...(query as Selection), ...find }),
        })
        return { ...page, totalCount: () => store.count(tenant, where) }
      },
    },
    {
      description: 'A page of incidents.',
      fields: (t) => ({
        totalCount: t.int({
          description: 'All that fit the filter, counted only when asked for.',
          extensions: countsRows,
          resolve: (page) => page.totalCount(),
        }),
      }),
    },
    { description: 'An incident and its place in the list.' },
  ),
)
