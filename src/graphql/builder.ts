import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin, { AuthScopeFailureType, type AuthFailure } from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import type PrismaTypes from '../../generated/pothos-types.ts'
import { getDatamodel } from '../../generated/pothos-types.ts'
import type { Action } from '../auth/actions.ts'
import { authorize, can, IN_NO_TENANT, unauthenticated } from '../auth/viewer.ts'
import { AppError } from '../platform/errors.ts'
import { ForbiddenError } from '../platform/problems.ts'
import type { Context } from './context.ts'
import { decodeGlobalID, encodeGlobalID } from './global-id.ts'
import { prismaOf } from './internals.ts'
import { MAX_PAGE } from './keyset.ts'
import type { Check, FieldCost } from './limits/cost.ts'

export type SchemaTypes = {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  /** `tenant` is whoever acts in one: for fields whose type alone says which action they are. */
  AuthScopes: { action: Action; tenant: boolean }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    BigInt: { Input: bigint; Output: bigint | number | string }
    Duration: { Input: string; Output: string }
    JSON: { Input: unknown; Output: unknown }
  }
}

/** The types of the builder, as Pothos completes them: for what makes fields or types for all domains. */
export type GraphTypes = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>

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
const byId = 'Each id needs the action of its type.'

const checkIds = ({ ids }: { readonly ids?: unknown }): void => {
  if ((ids as readonly string[]).length > MAX_PAGE)
    throw new AppError('LIMIT_EXCEEDED', `Ask for at most ${MAX_PAGE} ids at once.`)
}

/** The one schema builder. Modules add their types to it when `schema.ts` loads them. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  errors: {
    defaultTypes: [],
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName[0]!.toUpperCase()}${fieldName.slice(1)}Result`,
      description: 'The payload, or the problem that prevented it.',
    },
  },
  prisma: {
    client: prismaOf,
    dmmf: getDatamodel(),
    onUnusedQuery: 'error',
    maxConnectionSize: 100,
    defaultConnectionSize: 20,
    exposeDescriptions: false,
  },
  relay: {
    encodeGlobalID,
    decodeGlobalID,
    nodesOnConnection: { description: 'Items of the page without their cursors.' },
    nodeTypeOptions: { description: 'An object with a global id.' },
    idFieldOptions: { description: 'Global id.' },
    nodeQueryOptions: {
      authScopes: { tenant: true },
      extensions: { open: byId },
      description:
        'The object with this global id; null when it does not exist or the credential may not see it.',
      args: { id: { description: 'Global id of an object.' } },
    },
    nodesQueryOptions: {
      authScopes: { tenant: true },
      extensions: {
        open: byId,
        check: checkIds,
        cost: { items: { most: MAX_PAGE, of: ({ args }) => (args.ids as readonly string[]).length } },
      } satisfies { open: string; check: Check; cost: FieldCost },
      description:
        'The objects with these global ids, in the same order (at most 100); null for each that `node` would answer null for.',
      args: { ids: { description: 'Global ids of objects.' } },
      resolve: (_root, args, _context, _info, resolveNodes) => {
        checkIds(args)
        return resolveNodes(args.ids)
      },
    },
    pageInfoTypeOptions: { description: 'Position of a page in its list.' },
    hasNextPageFieldOptions: { description: 'Whether there are items after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are items before this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first item; null for an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last item; null for an empty page.' },
    cursorFieldOptions: { description: 'Position of the item in the list, for `after` and `before`.' },
    nodeFieldOptions: { description: 'The item.' },
    edgesFieldOptions: { description: 'Items of the page with their cursors.' },
    pageInfoFieldOptions: { description: 'Position of this page in the list.' },
    firstArgOptions: { description: 'Number of items from the start of the list (0-100, default 20).' },
    lastArgOptions: { description: 'Number of items from the end of the list (0-100), in place of `first`.' },
    afterArgOptions: { description: 'Only items after this cursor.' },
    beforeArgOptions: { description: 'Only items before this cursor.' },
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: ({ viewer }) => ({
      action: (action) => can(viewer, action),
      tenant: viewer.kind !== 'anonymous' && viewer.tenant !== undefined,
    }),
    unauthorizedError: (_parent, context, _info, result) => {
      if (context.viewer.kind === 'anonymous') return unauthenticated()
      const action = deniedAction(result.failure)
      try {
        if (action) authorize(context.viewer, action)
      } catch (error) {
        if (error instanceof Error) return error
      }
      if (context.viewer.tenant === undefined) return new ForbiddenError(IN_NO_TENANT)
      return new GraphQLError('Not allowed.', { extensions: { code: 'FORBIDDEN' } })
    },
  },
})

builder.queryType({ description: 'Queries. Each field says which scope or role it needs.' })
builder.mutationType({
  description: 'Mutations. Each takes one `input` and answers a union: its payload, or a problem to act on.',
})
builder.subscriptionType({
  description: 'Subscriptions, over WebSocket (graphql-transport-ws) and SSE.',
})
