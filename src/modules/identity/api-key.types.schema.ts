import { scopes } from '../../auth/actions.ts'
import { authorize, projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { encodeGlobalID } from '../../graphql/global-id.ts'

export const AccessScope = builder.enumType('AccessScope', {
  description: 'What a credential may do.',
  values: Object.fromEntries(
    scopes.map((scope) => [scope.toUpperCase(), { value: scope, description: `The scope "${scope}".` }]),
  ) as Record<string, { value: (typeof scopes)[number]; description: string }>,
})

export const ApiKey = builder.prismaNode('ApiKey', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A key of the tenant. The key itself was shown once, when it was made.',
  // Every key may see itself under `viewer`, so the action is asked for on the road by id and not for the whole type.
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
    prefix: t.exposeString('prefix', { description: 'Its first characters, to recognize it by.' }),
    scopes: t.field({
      type: [AccessScope],
      description: 'What it may do.',
      select: { scopes: true },
      resolve: (key) => scopes.filter((scope) => key.scopes.includes(scope)),
    }),
    projectId: t.id({
      nullable: true,
      description: 'Global id of the one project that it is for; null for the whole tenant.',
      select: { projectId: true },
      resolve: ({ projectId }) => projectId && encodeGlobalID('Project', projectId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stops working, if ever.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was used last, some seconds late; null when never.',
    }),
    usageCount: t.expose('usageCount', {
      type: 'BigInt',
      description: 'How many requests and WebSockets it opened, some seconds late.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null while it was not.',
    }),
  }),
})
