import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { MAX_EQUAL } from './inhibition.service.ts'
import { Matcher, matcherList } from './matcher.schema.ts'
import type { Matcher as Given } from './matcher.ts'

export const Inhibition = builder.prismaNode('Inhibition', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'While an incident of its source fires, nobody is told that one of its target does.',
  authScopes: { action: 'notificationRoute:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people; unique in the tenant.' }),
    sourceMatchers: t.field({
      type: [Matcher],
      description: 'What the incident is like that keeps others quiet: all must hold.',
      extensions: matcherList,
      select: { sourceMatchers: true },
      resolve: ({ sourceMatchers }) => sourceMatchers as Given[],
    }),
    targetMatchers: t.field({
      type: [Matcher],
      description: 'What those are like that are kept quiet: all must hold.',
      extensions: matcherList,
      select: { targetMatchers: true },
      resolve: ({ targetMatchers }) => targetMatchers as Given[],
    }),
    equal: t.exposeStringList('equal', {
      description: 'Labels whose values have to be the same in both; missing in both is the same.',
      extensions: { cost: { small: true, items: MAX_EQUAL } },
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it keeps anything quiet.' }),
    version: t.exposeInt('version', { description: 'Version, which each change increases by one.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const Inhibitions = defineList({
  model: 'Inhibition',
  of: Inhibition,
  items: 'inhibitions',
  filter: (is) => ({ name: is.text('Name.'), enabled: is.flag('Whether it keeps anything quiet.') }),
  order: {
    NAME: { by: 'name', unique: true, description: 'Name.' },
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
  },
  first: ['NAME', 'ASC'],
})
Inhibitions.root('inhibitions', {
  action: 'notificationRoute:read',
  description: 'Inhibitions of the tenant.',
  rows: ({ inhibitions }) => inhibitions.reads,
})
