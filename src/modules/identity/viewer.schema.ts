import { scopes } from '../../auth/actions.ts'
import type { ApiKeyViewer } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { Tenant } from '../tenancy/tenant.schema.ts'

const AccessScope = builder.enumType('AccessScope', {
  description: 'What a credential may do.',
  values: Object.fromEntries(
    scopes.map((scope) => [scope.toUpperCase(), { value: scope, description: `The scope "${scope}".` }]),
  ) as Record<string, { value: (typeof scopes)[number]; description: string }>,
})

const ApiKey = builder.prismaObject('ApiKey', {
  description: 'A key of the tenant. The key itself was shown once, when it was made.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    prefix: t.exposeString('prefix', { description: 'Its first characters, to recognize it by.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stops working, if ever.',
    }),
  }),
})

const Viewer = builder.objectRef<ApiKeyViewer>('Viewer').implement({
  description: 'Whoever asks: what the credential of this request is, and what it may do.',
  fields: (t) => ({
    scopes: t.field({
      type: [AccessScope],
      description: 'What the credential may do.',
      resolve: (viewer) => [...viewer.scopes].toSorted(),
    }),
    apiKey: t.prismaField({
      type: ApiKey,
      nullable: true,
      description: 'The key that was sent.',
      resolve: (query, viewer, _args, { modules }) =>
        modules.apiKeys.store.find(viewer.tenant, viewer.id, query),
    }),
    tenant: t.prismaField({
      type: Tenant,
      nullable: true,
      description: 'The tenant that the credential belongs to.',
      resolve: (query, viewer, _args, { modules }) => modules.tenants.store.find(viewer.tenant, query),
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    description: 'Who am I? Null without a credential; needs no scope.',
    resolve: (_root, _args, { viewer }) => (viewer.kind === 'anonymous' ? null : viewer),
  }),
)
