import { projectOf } from '../../auth/viewer.ts'
import type { Context } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { ApiKey } from './api-key.types.schema.ts'

/** All keys, or those of the one project that the credential is for. */
const ownProject = ({ viewer }: Context) => {
  const projectId = projectOf(viewer)
  return projectId === undefined ? {} : { projectId }
}

const ApiKeys = defineList({
  model: 'ApiKey',
  of: ApiKey,
  items: 'API keys',
  filter: (is) => ({
    name: is.text('Name.'),
    prefix: is.text('First characters of the key.'),
    project: is.idOf('Project', 'Project that the key is limited to.'),
    createdAt: is.time('Creation time.'),
    expiresAt: is.time('Time of expiry.'),
    lastUsedAt: is.time('Time of the latest use.'),
    revokedAt: is.time('Time of revocation.'),
  }),
  order: {
    CREATED_AT: { by: 'createdAt', description: 'Creation time.' },
    EXPIRES_AT: { by: 'expiresAt', description: 'Time of expiry; keys without one come last.' },
    LAST_USED_AT: { by: 'lastUsedAt', description: 'Time of the latest use; unused keys come last.' },
  },
  first: ['CREATED_AT', 'DESC'],
})
ApiKeys.root('apiKeys', {
  action: 'apiKey:read',
  description: 'API keys of the tenant, revoked ones included.',
  rows: ({ apiKeys }) => apiKeys.reads,
  where: ownProject,
})
