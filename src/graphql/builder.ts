import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin, { AuthScopeFailureType, type AuthFailure } from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import type PrismaTypes from '../../generated/pothos-types.ts'
import { getDatamodel } from '../../generated/pothos-types.ts'
import type { Action } from '../auth/actions.ts'
import { authorize, can, unauthenticated } from '../auth/viewer.ts'
import { AppError } from '../platform/errors.ts'
import { tenantOf, type Context } from './context.ts'
import { decodeGlobalID, encodeGlobalID } from './global-id.ts'
import { MAX_PAGE } from './keyset.ts'
import type { FieldCost } from './limits/cost.ts'

export type SchemaTypes = {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  /** `credential` is any key at all: for fields whose type alone says which action they are. */
  AuthScopes: { action: Action; credential: boolean }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    BigInt: { Input: bigint; Output: bigint | number | string }
    Duration: { Input: string; Output: string }
    JSON: { Input: unknown; Output: unknown }
  }
}

/** The action that was refused. Several scopes of one field come wrapped in one another. */
const deniedAction = (failure: AuthFailure): Action | undefined => {
  if (failure.kind === AuthScopeFailureType.AuthScope && failure.scope === 'action')
    return failure.parameter as Action
  if (
    failure.kind === AuthScopeFailureType.AnyAuthScopes ||
    failure.kind === AuthScopeFailureType.AllAuthScopes
  )
    return failure.failures.map(deniedAction).find(Boolean)
  return undefined
}

/** Why `node` and `nodes` name no action of their own. */
const byId = 'Asks for the action that the type of each id needs.'

/** The one schema builder. Modules add their types to it when `schema.ts` loads them. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  errors: {
    defaultTypes: [],
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName[0]!.toUpperCase()}${fieldName.slice(1)}Result`,
      description: 'What was asked for, or the problem that stood in the way.',
    },
  },
  prisma: {
    client: (context) => context.modules.postgres.forTenant(tenantOf(context)),
    dmmf: getDatamodel(),
    onUnusedQuery: 'error',
    maxConnectionSize: 100,
    defaultConnectionSize: 20,
    exposeDescriptions: false,
  },
  relay: {
    encodeGlobalID,
    decodeGlobalID,
    nodesOnConnection: { description: 'The items, without their cursors.' },
    nodeTypeOptions: { description: 'Whatever has a global id and can be asked for by it.' },
    idFieldOptions: { description: 'Global id.' },
    nodeQueryOptions: {
      authScopes: { credential: true },
      extensions: { open: byId },
      description: 'The thing with that global id, or null when there is none that this credential may see.',
      args: { id: { description: 'A global id that the graph gave.' } },
    },
    nodesQueryOptions: {
      authScopes: { credential: true },
      extensions: {
        open: byId,
        cost: { items: { most: MAX_PAGE, of: ({ args }) => (args!.ids as readonly string[]).length } },
      } satisfies { open: string; cost: FieldCost },
      description: 'The things with those global ids, at most 100, in their order; each null as for `node`.',
      args: { ids: { description: 'Global ids that the graph gave.' } },
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        if (ids.length > MAX_PAGE)
          throw new AppError('LIMIT_EXCEEDED', `Ask for at most ${MAX_PAGE} ids at once.`)
        return resolveNodes(ids)
      },
    },
    pageInfoTypeOptions: { description: 'Where a page is in its list.' },
    hasNextPageFieldOptions: { description: 'Whether more follow after it.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are some before it.' },
    startCursorFieldOptions: { description: 'Cursor of its first item; null for an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of its last item; null for an empty page.' },
    cursorFieldOptions: { description: 'Its place, for `after` and `before`.' },
    nodeFieldOptions: { description: 'The item.' },
    edgesFieldOptions: { description: 'The items with their cursors.' },
    pageInfoFieldOptions: { description: 'Where this page is in the list.' },
    firstArgOptions: { description: 'So many from the front, 0 to 100; 20 unless given.' },
    lastArgOptions: { description: 'So many from the back, 0 to 100, instead of `first`.' },
    afterArgOptions: { description: 'Only what follows after this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: ({ viewer }) => ({
      action: (action) => can(viewer, action),
      credential: viewer.kind !== 'anonymous',
    }),
    unauthorizedError: (_parent, context, _info, result) => {
      if (context.viewer.kind === 'anonymous') return unauthenticated()
      const action = deniedAction(result.failure)
      try {
        if (action) authorize(context.viewer, action)
      } catch (error) {
        if (error instanceof Error) return error
      }
      return new GraphQLError('Not allowed.', { extensions: { code: 'FORBIDDEN' } })
    },
  },
})

builder.queryType({ description: 'Everything that can be asked. Every field here names the scope it needs.' })
builder.mutationType({
  description: 'Everything that can be changed. Each answers a union: the result, or a problem to act on.',
})
builder.subscriptionType({
  description: 'Everything that is pushed, over WebSocket (graphql-transport-ws) and SSE.',
})
