import type { GraphQLField } from 'graphql'
import { actions, type Action } from '../../src/auth/actions.ts'

/** Whom a root field is open to: anybody at all, only who has signed in, or keys with a scope too. */
export const openTo = (field: GraphQLField<unknown, unknown>): 'anybody' | 'people' | 'keys' => {
  const options = field.extensions.pothosOptions as { authScopes?: { action?: Action } } | undefined
  const action = options?.authScopes?.action
  // The fields of Relay have no options of ours; each type behind them has its action.
  if (action === undefined) return field.name === 'node' || field.name === 'nodes' ? 'keys' : 'anybody'
  return actions[action] === null ? 'people' : 'keys'
}
