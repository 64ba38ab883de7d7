import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Matcher, matcherList } from './matcher.schema.ts'
import type { Matcher as Given } from './matcher.ts'

export const Silence = builder.prismaNode('Silence', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A time in which nobody is told that certain incidents fire.',
  authScopes: { action: 'silence:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    matchers: t.field({
      type: [Matcher],
      description: 'What incidents have to be like: all must hold.',
      extensions: matcherList,
      select: { matchers: true },
      resolve: ({ matchers }) => matchers as Given[],
    }),
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'Its start.' }),
    endsAt: t.expose('endsAt', { type: 'DateTime', description: 'Its end.' }),
    comment: t.exposeString('comment', { description: 'Why nobody is to be told.' }),
    createdBy: t.exposeString('createdBy', {
      description: 'Name of the person, key or program that made it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const Silences = defineList({
  model: 'Silence',
  of: Silence,
  items: 'silences',
  filter: (is) => ({
    comment: is.text('Why nobody is to be told.'),
    startsAt: is.time('Its start.'),
    endsAt: is.time('Its end: those that are not over end after now.'),
  }),
  order: {
    STARTS_AT: { by: 'startsAt', description: 'Its start.' },
    ENDS_AT: { by: 'endsAt', description: 'Its end.' },
  },
  first: ['ENDS_AT', 'DESC'],
})
Silences.root('silences', {
  action: 'silence:read',
  description: 'Silences of the tenant, those that are over too.',
  rows: ({ silences }) => silences.reads,
})
