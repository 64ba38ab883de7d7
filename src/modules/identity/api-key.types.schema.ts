import { scopes, type AccessScope as Scope } from '../../auth/actions.ts'
import { scopeOpens } from '../../auth/powers.ts'
import { authorize, projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { Project } from '../tenancy/tenant.schema.ts'

export const AccessScope = builder.enumType('AccessScope', {
  description: 'What a credential may do. To change is to create and to delete, too.',
  values: Object.fromEntries(
    scopes.map((scope) => [scope.toUpperCase(), { value: scope, description: scopeOpens(scope) }]),
  ) as Record<string, { value: Scope; description: string }>,
})

export const ApiKey = builder.prismaNode('ApiKey', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'An API key of the tenant. The key itself was shown once, when it was created.',
  // Every key may see itself under `viewer`, so the action is asked for on the road by id and not for the
  // whole type.
  findUnique: (id, context) => {
    authorize(context.viewer, 'apiKey:read')
    const projectId = projectOf(context.viewer)
    return {
      tenantId_id: { tenantId: tenantOf(context), id },
      ...(projectId !== undefined && { projectId }),
    }
  },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    prefix: t.exposeString('prefix', { description: 'First characters of the key.' }),
    scopes: t.field({
      type: [AccessScope],
      description: 'What the key may do.',
      select: { scopes: true },
      resolve: (key) => scopes.filter((scope) => key.scopes.includes(scope)),
    }),
    project: t.field({
      type: Project,
      nullable: true,
      description:
        'Project that the key is limited to; null for a key of the whole tenant, and when the project was deleted. Its fields need the scope `read`.',
      select: (_args, _context, nested) => ({ project: nested(true) }),
      // A relation would show what was deleted, and all below it.
      resolve: ({ project }) => (project?.deletedAt === null ? project : null),
    }),
    nodeName: t.exposeString('edgeNode', {
      nullable: true,
      description:
        'Slug of the edge node that the key is limited to, whose facts it may send; null for a key of no node.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of expiry; null for a key that never expires.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the latest use, some seconds late; null for an unused key.',
    }),
    usageCount: t.expose('usageCount', {
      type: 'BigInt',
      description: 'Number of requests and WebSockets opened with the key, some seconds late.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of revocation; null for a key that was not revoked.',
    }),
  }),
})
