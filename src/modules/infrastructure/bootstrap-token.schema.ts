import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Cluster } from './cluster.schema.ts'

export const BootstrapToken = builder.prismaNode('BootstrapToken', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description:
    'A token with which one edge node registers in a cluster. The token itself was shown once, when it was created.',
  authScopes: { action: 'bootstrapToken:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    createdBy: t.exposeString('createdBy', { description: 'Person or key that created it.' }),
    isUsable: t.boolean({
      description: 'Whether a node can still register with it.',
      select: { expiresAt: true, usedAt: true, revokedAt: true },
      resolve: ({ expiresAt, usedAt, revokedAt }, _args, context) =>
        !usedAt && !revokedAt && expiresAt.getTime() > clockOf(context).now(),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Time of expiry.' }),
    usedAt: t.expose('usedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which a node registered with it; null for an unused token.',
    }),
    usedBy: t.exposeString('usedBy', {
      nullable: true,
      description: 'Slug of the node that registered with it; null for an unused token.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of its revocation; null for none.',
    }),
    cluster: t.relation('cluster', { type: Cluster, description: 'Cluster in which a node registers.' }),
  }),
})

const BootstrapTokens = defineList({
  model: 'BootstrapToken',
  of: BootstrapToken,
  items: 'bootstrap tokens',
  filter: (is) => ({
    name: is.text('Name.'),
    cluster: is.idOf('Cluster', 'Cluster in which a node registers.'),
    createdAt: is.time('Creation time.'),
    expiresAt: is.time('Time of expiry.'),
    usedAt: is.time('Time at which a node registered with it.'),
  }),
  order: {
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
    EXPIRES_AT: { by: 'expiresAt', description: 'Time of expiry.' },
  },
  first: ['CREATED_AT', 'DESC'],
})
BootstrapTokens.root('bootstrapTokens', {
  action: 'bootstrapToken:read',
  description: 'Tokens with which edge nodes register, also used and expired ones.',
  rows: ({ bootstrapTokens }) => bootstrapTokens.reads,
})
