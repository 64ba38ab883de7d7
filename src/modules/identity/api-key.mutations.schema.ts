import { grantedTo } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { mutation, only, type PayloadBuilder } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import type { IssuedApiKey } from './api-key.service.ts'
import { AccessScope, ApiKey } from './api-key.types.schema.ts'

const ApiKeyMode = builder.enumType('ApiKeyMode', {
  description: 'Environment that the name of a key tells; keys of both work the same.',
  values: {
    LIVE: { value: 'live', description: 'The key begins with `hg_live_`.' },
    TEST: {
      value: 'test',
      description: 'The key begins with `hg_test_`, which tells a leaked key of a test from one in use.',
    },
  } as const,
})

const issued = <Shape extends IssuedApiKey>(t: PayloadBuilder<Shape>) => ({
  apiKey: t.field({ type: ApiKey, description: 'The new API key.', resolve: ({ apiKey }) => apiKey }),
})
const shownOnce = 'The key, for `Authorization: Bearer`; shown only here and only once'

mutation('createApiKey', {
  action: 'apiKey:write',
  creates: true,
  secret: true,
  description: 'Creates an API key.',
  input: (t) => ({
    name: t.string({ required: true, description: 'Name for people (1-100 characters).' }),
    scopes: t.field({
      type: [AccessScope],
      required: true,
      description: 'What the key may do; not more than the caller may.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'Time of expiry (default: never).' }),
    projectId: idOf(t, 'Project', {
      required: false,
      description:
        'Global id of the project that the key is limited to (default: the whole tenant). The key ends with the project.',
    }),
    mode: t.field({ type: ApiKeyMode, required: true, description: 'Environment that the name tells.' }),
  }),
  run: (permit, input, { apiKeys }, { viewer }) => apiKeys.service.create(permit, grantedTo(viewer), input),
  payload: (t: PayloadBuilder<IssuedApiKey>) => ({
    ...issued(t),
    key: t.exposeString('key', {
      nullable: true,
      description: `${shownOnce}; null when the request repeats an earlier one.`,
    }),
  }),
})

mutation('rotateApiKey', {
  action: 'apiKey:write',
  secret: true,
  description:
    'Replaces an API key by one with the same rights and the same expiry; the old one ends after the overlap.',
  input: (t) => ({
    id: idOf(t, 'ApiKey'),
    overlap: t.field({
      type: 'Duration',
      required: true,
      defaultValue: 'PT0S',
      description: 'Time for which the old key goes on working (PT0S-P7D, default PT0S).',
    }),
  }),
  run: (permit, input, { apiKeys }, { viewer }) => apiKeys.service.rotate(permit, grantedTo(viewer), input),
  payload: (t) => ({
    ...issued(t),
    key: t.exposeString('key', { description: `${shownOnce}.` }),
  }),
})

mutation('revokeApiKey', {
  action: 'apiKey:write',
  description:
    'Ends an API key. Requests with it are refused and its open connections are closed within 5 seconds.',
  input: (t) => ({ id: idOf(t, 'ApiKey') }),
  run: (permit, { id }, { apiKeys }) => apiKeys.service.revoke(permit, id),
  payload: only('apiKey', ApiKey, 'The revoked API key.'),
})
