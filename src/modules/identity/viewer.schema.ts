import { scopesOf, type ApiKeyViewer, type UserViewer } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { Role, TenantMembership } from '../tenancy/membership.schema.ts'
import { Tenant } from '../tenancy/tenant.schema.ts'
import { AccessScope, ApiKey } from './api-key.types.schema.ts'
import { User } from './user.schema.ts'

// Anybody can invite anybody: without a bound the list would be as long as others like.
const MAX_MEMBERSHIPS = 1_000

const Viewer = builder.objectRef<ApiKeyViewer | UserViewer>('Viewer').implement({
  description: 'Whoever asks: what the credential of this request is, and what it may do.',
  fields: (t) => ({
    scopes: t.field({
      type: [AccessScope],
      description: 'What the credential may do; of a sign-in, what a key with the same rights would have.',
      resolve: (viewer) => [...scopesOf(viewer)].toSorted(),
    }),
    apiKey: t.prismaField({
      type: ApiKey,
      nullable: true,
      description: 'The key that was sent; null after signing in.',
      resolve: (query, viewer, _args, { modules }) =>
        viewer.kind === 'apiKey' ? modules.apiKeys.store.find(viewer.tenant, viewer.id, query) : null,
    }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'Who has signed in; null with a key.',
      resolve: (viewer) => (viewer.kind === 'user' ? viewer : null),
    }),
    role: t.field({
      type: Role,
      nullable: true,
      description: 'What the user is in the tenant; null with a key or without a tenant.',
      resolve: (viewer) => (viewer.kind === 'user' ? viewer.role : null),
    }),
    memberships: t.field({
      type: [TenantMembership],
      description:
        'Where the user is a member, for switchTenant, the oldest first; at most 1,000. Empty with a key.',
      extensions: { cost: { small: true, items: MAX_MEMBERSHIPS } },
      resolve: async (viewer, _args, { modules }) =>
        viewer.kind === 'user'
          ? (await modules.tenants.service.membershipsOf(viewer.id)).slice(0, MAX_MEMBERSHIPS)
          : [],
    }),
    tenant: t.prismaField({
      type: Tenant,
      nullable: true,
      description: 'The tenant that the credential acts in.',
      resolve: (query, viewer, _args, { modules }) =>
        viewer.tenant === undefined ? null : modules.tenants.reads.find(viewer.tenant, query),
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
