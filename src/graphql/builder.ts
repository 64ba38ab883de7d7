import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin, { AuthScopeFailureType } from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import type PrismaTypes from '../../generated/pothos-types.ts'
import { getDatamodel } from '../../generated/pothos-types.ts'
import type { Action } from '../auth/actions.ts'
import { authorize, can } from '../auth/viewer.ts'
import { tenantOf, type Context } from './context.ts'
import { decodeGlobalID, encodeGlobalID } from './global-id.ts'

export type SchemaTypes = {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  AuthScopes: { action: Action }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    BigInt: { Input: bigint; Output: bigint | number | string }
    Duration: { Input: string; Output: string }
    JSON: { Input: unknown; Output: unknown }
  }
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
    nodesOnConnection: true,
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: (context) => ({ action: (action) => can(context.viewer, action) }),
    unauthorizedError: (_parent, context, _info, result) => {
      const { failure } = result
      const action =
        failure.kind === AuthScopeFailureType.AuthScope && failure.scope === 'action'
          ? (failure.parameter as Action)
          : undefined
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
