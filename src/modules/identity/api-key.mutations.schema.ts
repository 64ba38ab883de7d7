import { grantedTo } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { permitOf } from '../../graphql/context.ts'
import { decodeGlobalID } from '../../graphql/global-id.ts'
import { problems } from '../../graphql/problems.ts'
import { NotFoundError } from '../../platform/problems.ts'
import type { IssuedApiKey } from './api-key.service.ts'
import { AccessScope, ApiKey } from './api-key.types.schema.ts'

const ApiKeyMode = builder.enumType('ApiKeyMode', {
  description: 'What a key is called after: it works the same.',
  values: {
    LIVE: { value: 'live', description: 'The key begins with hg_live_.' },
    TEST: {
      value: 'test',
      description: 'The key begins with hg_test_, so that one sees where it leaked from.',
    },
  } as const,
})

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new API key.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name for people; 1 to 100 characters.' }),
    scopes: t.field({
      type: [AccessScope],
      required: true,
      description: 'What it may do; no more than whoever makes it.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it stops working; never unless given.' }),
    projectId: t.id({
      description:
        'Global id of the one project that it is for: it reaches nothing that is not of it, and ends with it.',
    }),
    mode: t.field({ type: ApiKeyMode, required: true, description: 'What it is called after.' }),
  }),
})

const ApiKeyWithSecret = builder.objectRef<IssuedApiKey>('ApiKeyWithSecret').implement({
  description: 'An API key with the key itself.',
  fields: (t) => ({
    apiKey: t.field({ type: ApiKey, description: 'What is known of it.', resolve: ({ apiKey }) => apiKey }),
    key: t.exposeString('key', {
      description: 'The key for "Authorization: Bearer". It is shown here, once, and never again: keep it.',
    }),
  }),
})

/** The id of something else is no project, as if there were none with that id. */
const projectIdOf = (globalId: string): string => {
  const { typename, id } = decodeGlobalID(globalId)
  if (typename !== 'Project') throw new NotFoundError('There is no such project.', ['projectId'])
  return id
}

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: ApiKeyWithSecret,
    errors: { types: problems },
    description: 'Makes an API key and shows it, once. Needs the scope admin.',
    authScopes: { action: 'apiKey:write' },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key.' }) },
    resolve: (_root, { input }, context) =>
      context.modules.apiKeys.service.create(permitOf(context, 'apiKey:write'), grantedTo(context.viewer), {
        ...input,
        projectId: input.projectId == null ? null : projectIdOf(input.projectId),
      }),
  }),

  rotateApiKey: t.field({
    type: ApiKeyWithSecret,
    errors: { types: problems },
    description:
      'Gives a new key with the same rights and the same end; the old one ends after the overlap. Needs the scope admin.',
    authScopes: { action: 'apiKey:write' },
    args: {
      id: t.arg.globalID({ for: ApiKey, required: true, description: 'Which key.' }),
      overlap: t.arg({
        type: 'Duration',
        required: true,
        defaultValue: 'PT0S',
        description: 'How long the old key works beside the new one: PT0S (it ends at once) to P7D.',
      }),
    },
    resolve: (_root, { id, overlap }, context) =>
      context.modules.apiKeys.service.rotate(permitOf(context, 'apiKey:write'), grantedTo(context.viewer), {
        id: id.id,
        overlap,
      }),
  }),

  revokeApiKey: t.field({
    type: ApiKey,
    errors: { types: problems },
    description:
      'Ends a key. Requests with it are refused and its open connections closed within 5 seconds. Needs the scope admin.',
    authScopes: { action: 'apiKey:write' },
    args: { id: t.arg.globalID({ for: ApiKey, required: true, description: 'Which key.' }) },
    resolve: (_root, { id }, context) =>
      context.modules.apiKeys.service.revoke(permitOf(context, 'apiKey:write'), id.id),
  }),
}))
