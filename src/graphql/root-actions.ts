import type { GraphQLField } from 'graphql'
import { actions, type Action } from '../auth/actions.ts'

/** What Pothos keeps of the options that a field was made with. */
type Options = { authScopes?: { action?: unknown } }

/** The action that a root field names, or undefined when it names none. */
export const actionOf = ({
  extensions,
}: Pick<GraphQLField<unknown, unknown>, 'extensions'>): Action | undefined => {
  const action = (extensions.pothosOptions as Options | undefined)?.authScopes?.action
  return typeof action === 'string' && Object.hasOwn(actions, action) ? (action as Action) : undefined
}

/**
 * Why a root field names no action: said by the field itself (`extensions: { open: '…' }`), so that
 * forgetting it is noticed. `docs/access.md` lists these fields with their reasons.
 */
export const openReason = ({
  extensions,
}: Pick<GraphQLField<unknown, unknown>, 'extensions'>): string | undefined =>
  typeof extensions.open === 'string' ? extensions.open : undefined
