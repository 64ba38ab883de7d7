import { queryFromInfo } from '@pothos/plugin-prisma'
import type { Prisma } from '../../../generated/prisma/client.ts'
import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { DateTimeFilter, StringFilter, toWhere } from '../../graphql/filters.ts'
import { countsRows } from '../../graphql/limits/cost.ts'
import { keysetPage } from '../../graphql/keyset.ts'
import { ApiKey } from './api-key.types.schema.ts'

const ApiKeyFilter = builder.inputRef<object>('ApiKeyFilter')
ApiKeyFilter.implement({
  description: 'Conditions on API keys. Those given must all hold.',
  fields: (t) => ({
    name: t.field({ type: StringFilter, description: 'Its name.' }),
    prefix: t.field({ type: StringFilter, description: 'Its first characters.' }),
    createdAt: t.field({ type: DateTimeFilter, description: 'When it was made.' }),
    expiresAt: t.field({ type: DateTimeFilter, description: 'When it stops working.' }),
    lastUsedAt: t.field({ type: DateTimeFilter, description: 'When it was used last.' }),
    revokedAt: t.field({ type: DateTimeFilter, description: 'When it was revoked.' }),
    and: t.field({ type: [ApiKeyFilter], description: 'All of these hold.' }),
    or: t.field({ type: [ApiKeyFilter], description: 'One of these holds.' }),
    not: t.field({ type: ApiKeyFilter, description: 'This does not hold.' }),
  }),
})

/** Pothos types the selection as one that may be undefined, which it never is. */
type Selection = Pick<Prisma.ApiKeyFindManyArgs, 'select' | 'include'>

builder.queryField('apiKeys', (t) =>
  t.connection(
    {
      type: ApiKey,
      description: 'The API keys of the tenant, newest first, revoked ones too. Needs the scope admin.',
      authScopes: { action: 'apiKey:read' },
      args: { filter: t.arg({ type: ApiKeyFilter, description: 'Which ones.' }) },
      resolve: async (_root, args, context, info) => {
        const tenant = tenantOf(context)
        const { store } = context.modules.apiKeys
        const projectId = projectOf(context.viewer)
        const where = { AND: [toWhere(args.filter), projectId === undefined ? {} : { projectId }] }
        const query = queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] })
        const page = await keysetPage({
          args,
          column: { field: 'createdAt', kind: 'date' },
          direction: 'DESC',
          where,
          find: (find) => store.page(tenant, { ...(query as Selection), ...find }),
        })
        return { ...page, totalCount: () => store.count(tenant, where) }
      },
    },
    {
      description: 'A page of API keys.',
      fields: (t) => ({
        totalCount: t.int({
          description: 'All that fit the filter, counted only when asked for.',
          extensions: countsRows,
          resolve: (page) => page.totalCount(),
        }),
      }),
    },
    { description: 'An API key and its place in the list.' },
  ),
)
