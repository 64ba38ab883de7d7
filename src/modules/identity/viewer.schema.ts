import type { ApiKeyViewer } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { Tenant } from '../tenancy/tenant.schema.ts'
import { AccessScope, ApiKey } from './api-key.types.schema.ts'

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
    extensions: { open: 'Says who asks, and to nobody that they are nobody.' },
    description: 'Who am I? Null without a credential; needs no scope.',
    resolve: (_root, _args, { viewer }) => (viewer.kind === 'anonymous' ? null : viewer),
  }),
)
