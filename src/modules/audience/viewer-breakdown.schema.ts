import type { GraphQLResolveInfo } from 'graphql'
import { builder } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'
import { asksClickHouseFor, type Check, type FieldCost } from '../../graphql/limits/cost.ts'
import { byWindow, seriesPoints } from '../../graphql/series.ts'
import type { ViewerGroup } from './viewer-breakdown.queries.ts'
import type { ViewersBy } from './viewer-groups.ts'
import { checkFirst, groupArgs, MAX_COUNTRIES, MAX_GROUPS, nameGroups } from './viewer-groups.schema.ts'
import {
  average,
  peak,
  samples,
  viewerMinutes,
  ViewerPointRef,
  ViewerSeriesRef,
  type OwnSeries,
} from './viewer-series.schema.ts'
import type { ViewerPoint } from './viewer-series.ts'
import { TOGETHER, type ViewerSubjects } from './viewer-subjects.queries.ts'

const DEFAULT_GROUPS = 10

export type Part = ViewerGroup & { readonly series: OwnSeries }
export type Asking = { readonly context: Context; readonly info: GraphQLResolveInfo }

export const windowOf = ({ from, to, stepMs, zone }: OwnSeries) => ({ range: { from, to }, stepMs, zone })
export const subjectOf = (series: OwnSeries): string => ('filter' in series ? TOGETHER : series.internalName)

/**
 * Answers about series by their keys. Those of the streams of a page are one question, where their windows are
 * one; those of all samples of a filter are a question of their own.
 */
export const loaderFor = <T>(
  series: OwnSeries,
  { context, info, about }: Asking & { readonly about: string },
  load: (
    keys: readonly string[],
    subjects: (names: readonly string[]) => ViewerSubjects,
  ) => Promise<ReadonlyMap<string, T>>,
) => {
  const { parentType, fieldName } = info
  const scope = 'filter' in series ? JSON.stringify(series.filter) : ''
  const place = { parentType, fieldName: `${fieldName}:${about}:${scope}` }
  return byWindow(context, place, windowOf(series), (keys) =>
    load(keys, (internalNames) =>
      'filter' in series ? { filter: series.filter } : { internalNames: [...new Set(internalNames)] },
    ),
  )
}

const groupsOf = async (
  series: OwnSeries,
  { by, first }: { readonly by: ViewersBy; readonly first: number },
  asking: Asking,
): Promise<Part[]> => {
  const { context } = asking
  const ask = { ...windowOf(series), by, first }
  const loader = loaderFor(series, { ...asking, about: `${by}:${first}` }, (names, subjects) =>
    context.modules.viewers.queries.viewerGroups(tenantOf(context), { ...subjects(names), ...ask }, context),
  )
  const groups = await loader.load(subjectOf(series))
  return groups.map((group) => ({ ...group, series }))
}

export type Named = readonly [subject: string, key: string, countryCode: string]
export const nameOf = (...named: Named): string => JSON.stringify(named)

const pointsOf = (
  { series, by, key, countryCode }: Part,
  asking: Asking,
): Promise<readonly ViewerPoint[]> => {
  const { context } = asking
  const load = loaderFor(series, { ...asking, about: by }, async (names, subjects) => {
    const wanted = names.map((name) => JSON.parse(name) as Named)
    const keys = [...new Set(wanted.map((name) => name[1]))]
    const ask = { ...subjects(wanted.map(([subject]) => subject)), ...windowOf(series), by, keys }
    const found = await context.modules.viewers.queries.viewerGroupPoints(tenantOf(context), ask, context)
    const none = wanted.map(([subject], at) => [names[at]!, found.get(subject)!.none] as const)
    const points = [...found].flatMap(([subject, { groups }]) =>
      groups.map((group) => [nameOf(subject, group.key, group.countryCode), group.points] as const),
    )
    return new Map([...none, ...points])
  })
  return load.load(nameOf(subjectOf(series), key, countryCode))
}

const numbers = {
  average: `${average} of the series; the averages of all groups add up to that of the series.`,
  peak: `${peak}.`,
  viewerMinutes,
  samples,
}

export const Group = builder.objectRef<Part>('ViewerSeriesGroup').implement({
  description: 'Viewers of a series that have something in common.',
  fields: (t) => ({
    average: t.exposeFloat('average', { description: numbers.average }),
    peak: t.expose('peak', { type: 'BigInt', description: numbers.peak }),
    viewerMinutes: t.exposeFloat('viewerMinutes', { description: viewerMinutes }),
    samples: t.expose('samples', { type: 'BigInt', description: samples }),
    share: t.exposeFloat('share', {
      nullable: true,
      description: 'Part of the viewer minutes of the series, 0 to 1; null where nobody watched.',
    }),
  }),
})
nameGroups(Group)

type CountryViewers = Omit<ViewerGroup, 'by' | 'key'>
const CountryViewersRef = builder.objectRef<CountryViewers>('CountryViewers').implement({
  description: 'Viewers of one country.',
  fields: (t) => ({
    countryCode: t.exposeString('countryCode', { description: 'ISO 3166-1 alpha-2; ZZ for unknown.' }),
    average: t.exposeFloat('average', { description: numbers.average }),
    peak: t.expose('peak', { type: 'BigInt', description: numbers.peak }),
    viewerMinutes: t.exposeFloat('viewerMinutes', { description: viewerMinutes }),
    samples: t.expose('samples', { type: 'BigInt', description: samples }),
  }),
})

builder.objectFields(ViewerSeriesRef, (t) => ({
  countries: t.field({
    type: [CountryViewersRef],
    nullable: true,
    description: 'Viewers of the same window by country, most first.',
    extensions: asksClickHouseFor({ small: true, items: MAX_COUNTRIES }),
    resolve: (series, _args, context, info) =>
      groupsOf(series, { by: 'COUNTRY', first: MAX_COUNTRIES }, { context, info }),
  }),
  groups: t.field({
    type: [Group],
    nullable: true,
    description:
      'Viewers of the same window in groups, most first: the top streams, countries, cities and so on of a range.',
    args: groupArgs(DEFAULT_GROUPS),
    extensions: {
      ...asksClickHouseFor({
        small: true,
        items: { most: MAX_GROUPS, of: ({ args }) => Number(args.first) },
        passesOn: true,
      }),
      check: checkFirst,
    } satisfies { cost: FieldCost; check: Check },
    resolve: (series, ask, context, info) => {
      checkFirst(ask)
      return groupsOf(series, ask, { context, info })
    },
  }),
}))

builder.objectField(Group, 'points', (t) =>
  t.field({
    type: [ViewerPointRef],
    nullable: true,
    description:
      'All buckets of the series, oldest first. A bucket in which the series was measured is measured for each of its groups: 0 where nobody of the group watched.',
    extensions: asksClickHouseFor(seriesPoints.cost),
    resolve: async (group, _args, context, info) => [...(await pointsOf(group, { context, info }))],
  }),
)
