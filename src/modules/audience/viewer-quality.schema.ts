import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { asksClickHouse } from '../../graphql/limits/cost.ts'
import {
  Group,
  loaderFor,
  nameOf,
  subjectOf,
  windowOf,
  type Asking,
  type Named,
  type Part,
} from './viewer-breakdown.schema.ts'
import { unknown, type ViewerQuality } from './viewer-quality.queries.ts'
import { ViewerSeriesRef, type OwnSeries } from './viewer-series.schema.ts'

const Quality = builder.objectRef<ViewerQuality>('ViewerQuality').implement({
  description:
    "How well viewers were served. A sample counts by its viewers and the part of its key's minute that it is; one that leaves a value out does not count for it.",
  fields: (t) => ({
    connectionQuality: t.exposeFloat('connectionQuality', {
      nullable: true,
      description:
        'Mean of the connection quality, weighted by viewers: the sum of viewers times quality, divided by the sum of those viewers. Null where nobody watched or no sample gives it.',
    }),
    bufferHealth: t.exposeFloat('bufferHealth', {
      nullable: true,
      description: 'Mean of the health of buffers, weighted in the same way.',
    }),
    bandwidthBps: t.expose('bandwidthBps', {
      type: 'BigInt',
      nullable: true,
      description:
        'Bits a second of all these viewers together: the mean over the minutes of the series in which any sample gives it, so that groups add up. Null where none of them does.',
    }),
  }),
})

const ofSeries = async (series: OwnSeries, { context, info }: Asking): Promise<ViewerQuality> => {
  const loader = loaderFor(series, { context, info, about: 'all' }, async (names, subjects) => {
    const ask = { ...subjects(names), ...windowOf(series) }
    const found = await context.modules.viewers.queries.viewerQuality(tenantOf(context), ask, context)
    return new Map(Array.from(found, ([name, { all }]) => [name, all]))
  })
  return loader.load(subjectOf(series))
}

const ofGroup = ({ series, by, key, countryCode }: Part, asking: Asking): Promise<ViewerQuality> => {
  const { context } = asking
  const loader = loaderFor(series, { ...asking, about: by }, async (names, subjects) => {
    const wanted = names.map((name) => JSON.parse(name) as Named)
    const groups = { by, keys: [...new Set(wanted.map((name) => name[1]))] }
    const ask = { ...subjects(wanted.map(([subject]) => subject)), ...windowOf(series), groups }
    const found = await context.modules.viewers.queries.viewerQuality(tenantOf(context), ask, context)
    const none = names.map((name) => [name, unknown] as const)
    const told = [...found].flatMap(([subject, own]) =>
      own.groups.map((group) => [nameOf(subject, group.key, group.countryCode), group] as const),
    )
    return new Map<string, ViewerQuality>([...none, ...told])
  })
  return loader.load(nameOf(subjectOf(series), key, countryCode))
}

const kept = 'It is read from the samples themselves, of the last 90 days.'

builder.objectField(ViewerSeriesRef, 'quality', (t) =>
  t.field({
    type: Quality,
    nullable: true,
    description: `How well the viewers of the whole window were served. ${kept}`,
    extensions: asksClickHouse,
    resolve: (series, _args, context, info) => ofSeries(series, { context, info }),
  }),
)
builder.objectField(Group, 'quality', (t) =>
  t.field({
    type: Quality,
    nullable: true,
    description: `How well the viewers of the group were served. ${kept}`,
    extensions: asksClickHouse,
    resolve: (group, _args, context, info) => ofGroup(group, { context, info }),
  }),
)
