import { Analytics } from '../../graphql/analytics.schema.ts'
import { builder, type GraphTypes } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { countsRowsFor, type Check } from '../../graphql/limits/cost.ts'
import { Series, seriesField, seriesPoints } from '../../graphql/series.ts'
import { AppError } from '../../platform/errors.ts'
import type { IncidentCounts, IncidentPart, IncidentPoint, IncidentSeries } from './incident-series.ts'
import type { IncidentSeriesAsk } from './incident-series.store.ts'
import { Incidents } from './incident.schema.ts'
import { IncidentSeverity } from './incident.types.schema.ts'

export const MAX_GROUPS = 50

const mean = (seconds: number, of: number): number | null => (of > 0 ? seconds / of : null)

/** What a bucket, a severity, a group and the whole all tell. */
export const countFields = <T extends IncidentCounts>(
  t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>,
) => ({
  opened: t.int({
    description: 'Number of incidents that occurred for the first time.',
    resolve: ({ opened }) => opened,
  }),
  acknowledged: t.int({
    description: 'Number of incidents that somebody first started to work on.',
    resolve: ({ acknowledged }) => acknowledged,
  }),
  resolved: t.int({
    description: 'Number of incidents that were resolved, and not reopened since.',
    resolve: ({ resolved }) => resolved,
  }),
  secondsToAcknowledge: t.float({
    nullable: true,
    description:
      'Mean time to acknowledge (MTTA), in seconds from the first occurrence, of those acknowledged in it; null for none.',
    resolve: ({ acknowledgeSeconds, acknowledged }) => mean(acknowledgeSeconds, acknowledged),
  }),
  secondsToResolve: t.float({
    nullable: true,
    description:
      'Mean time to resolve (MTTR), in seconds from the first occurrence, of those resolved in it; null for none.',
    resolve: ({ resolveSeconds, resolved }) => mean(resolveSeconds, resolved),
  }),
})

const Point = builder.objectRef<IncidentPoint>('IncidentPoint').implement({
  description: 'One bucket of a series of incidents.',
  fields: (t) => ({
    time: t.expose('time', { type: 'DateTime', description: 'Start of the bucket.' }),
    ...countFields(t),
  }),
})
export const points = {
  type: [Point] as [typeof Point],
  description: 'All buckets, oldest first.',
  extensions: seriesPoints,
}
const SeverityCount = builder.objectRef<IncidentPart>('IncidentSeverityCount').implement({
  description: 'Incidents of one severity, which is the one that they have now, over time.',
  fields: (t) => ({
    severity: t.field({
      type: IncidentSeverity,
      description: 'Severity.',
      resolve: ({ key }) => key as IncidentSeverityName,
    }),
    ...countFields(t),
    points: t.field({ ...points, resolve: (part) => [...part.points] }),
  }),
})
type IncidentSeverityName = typeof IncidentSeverity.$inferType
const Group = builder.objectRef<IncidentPart>('IncidentGroup').implement({
  description: 'Incidents with one value of a label, over time.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Value of the label; empty for those without it.' }),
    ...countFields(t),
    points: t.field({ ...points, resolve: (part) => [...part.points] }),
  }),
})

export const checkFirst = (first: number): void => {
  if (first >= 1 && first <= MAX_GROUPS) return
  throw new AppError('BAD_REQUEST', `first is a number from 1 to ${MAX_GROUPS}.`)
}

type Asked = IncidentSeries & { readonly ask: IncidentSeriesAsk }

export const IncidentSeriesRef = builder.objectRef<Asked>('IncidentSeries').implement({
  interfaces: [Series],
  description:
    'Incidents over time: how many, and how long it took to acknowledge and resolve them. One that was merged into another counts as that one.',
  fields: (t) => ({
    ...countFields(t),
    points: t.field({ ...points, resolve: (series) => [...series.points] }),
    severities: t.field({
      type: [SeverityCount],
      description: 'The same by severity, worst first.',
      extensions: { cost: { items: 4 } },
      resolve: ({ severities }) => severities,
    }),
    groups: t.field({
      type: [Group],
      nullable: true,
      description: 'The same by the value of a label, most opened first.',
      args: {
        by: t.arg.string({ required: true, description: 'Name of the label, such as service.' }),
        first: t.arg.int({
          required: true,
          defaultValue: 10,
          description: `Number of groups (1-${MAX_GROUPS}, default 10).`,
        }),
      },
      extensions: {
        ...countsRowsFor({
          items: { most: MAX_GROUPS, of: ({ args }) => Number(args.first) },
          passesOn: true,
        }),
        check: (({ first }) => checkFirst(Number(first))) satisfies Check,
      },
      resolve: ({ ask }, { by, first }, context) => {
        checkFirst(first)
        return context.modules.incidents.queries.groups(tenantOf(context), {
          ...ask,
          by: { label: by },
          first,
        })
      },
    }),
  }),
})

builder.objectField(Analytics, 'incidents', (t) =>
  t.field(
    seriesField({
      type: IncidentSeriesRef,
      action: 'incident:read',
      description: 'Incidents over time: opened, acknowledged and resolved, by severity and by labels.',
      weeks: true,
      ofPostgres: true,
      args: builder.args((arg) => ({
        filter: arg.field({ type: Incidents.filter.type, description: 'Conditions on the incidents.' }),
      })),
      check: ({ filter }) => void Incidents.filter.parse(filter as object | undefined),
      load: async (window, context, { filter }) => {
        const ask = { ...window, filter: Incidents.filter.parse(filter) }
        const found = await context.modules.incidents.queries.series(tenantOf(context), ask)
        return { ...found, ask }
      },
    }),
  ),
)
