import { scopesOf, type ApiKeyViewer, type UserViewer } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { Memberships, Role } from '../tenancy/membership.schema.ts'
import { Tenant } from '../tenancy/tenant.schema.ts'
import { AccessScope, ApiKey } from './api-key.types.schema.ts'
import { User } from './user.schema.ts'

type Caller = ApiKeyViewer | UserViewer
const credentialId = (viewer: Caller): string => (viewer.kind === 'apiKey' ? viewer.id : viewer.sessionId)

const Viewer = builder.node(builder.objectRef<Caller>('Viewer'), {
  id: { resolve: credentialId },
  loadOne: (id: string, { viewer }) =>
    viewer.kind !== 'anonymous' && id === credentialId(viewer) ? { ...viewer } : null,
  description: 'The caller: the credential of the request, and what it may do.',
  fields: (t) => ({
    scopes: t.field({
      type: [AccessScope],
      description: 'Scopes of the key; for a sign-in, those of a key with the same rights.',
      resolve: (viewer) => [...scopesOf(viewer)].toSorted(),
    }),
    apiKey: t.prismaField({
      type: ApiKey,
      nullable: true,
      description: 'API key of the request; null for a sign-in.',
      resolve: (query, viewer, _args, { modules }) => {
        const selection = { ...query } // Prisma's plugin refuses a resolver that does not read it, also one that has nothing to ask
        return viewer.kind === 'apiKey'
          ? modules.apiKeys.reads.find(viewer.tenant, { id: viewer.id }, selection)
          : null
      },
    }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'Account that has signed in; null with a key.',
      resolve: (viewer) => (viewer.kind === 'user' ? viewer : null),
    }),
    role: t.field({
      type: Role,
      nullable: true,
      description: 'Role of the user in the tenant; null with a key and without a tenant.',
      resolve: (viewer) => (viewer.kind === 'user' ? viewer.role : null),
    }),
    tenant: t.prismaField({
      type: Tenant,
      nullable: true,
      description: 'Tenant that the credential acts in; null for a sign-in that acts in none.',
      resolve: (query, viewer, _args, { modules }) => {
        const selection = { ...query }
        return viewer.tenant === undefined ? null : modules.tenants.reads.find(viewer.tenant, selection)
      },
    }),
  }),
})

Memberships.on(Viewer, 'memberships', {
  description: 'Tenants that the user is a member of, for `switchTenant`; null with a key.',
  rows: ({ memberships }) => memberships.reads,
  owner: ({ viewer }) => (viewer.kind === 'user' ? viewer.id : undefined),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    extensions: { open: 'Says who asks, and to nobody that they are nobody.' },
    description: 'The caller; null without a credential. Needs no scope.',
    resolve: (_root, _args, { viewer }) => (viewer.kind === 'anonymous' ? null : viewer),
  }),
)
