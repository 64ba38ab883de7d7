import type { GraphQLField, GraphQLNamedType } from 'graphql'
import { actions } from '../../src/auth/actions.ts'
import { actionOf } from '../../src/graphql/root-actions.ts'

/** Whom a root field is open to: anybody at all, only who has signed in, or keys with a scope too. */
export const openTo = (field: GraphQLField<unknown, unknown>): 'anybody' | 'people' | 'keys' => {
  const action = actionOf(field)
  // Each type behind the fields of Relay has its action.
  if (action === undefined) return field.name === 'node' || field.name === 'nodes' ? 'keys' : 'anybody'
  return actions[action].scopes.length === 0 ? 'people' : 'keys'
}

/** Whether some key may see objects of a type; of others it is refused each field. */
export const isForKeys = (type: GraphQLNamedType): boolean => {
  const action = actionOf(type)
  return action === undefined || actions[action].scopes.length > 0
}
