import { actions, type Action, type Permission } from '../auth/actions.ts'

/**
 * Says who may do something, from the table of actions: the last sentence of each description of the graph
 * that names one.
 */
export const needs = (action: Action): string => {
  const { scopes, roles }: Permission = actions[action]
  const scope = scopes.map((each) => `\`${each}\``).join(' or ')
  if (roles === 'anybody') return 'Needs a sign-in.'
  const least = roles.at(-1)
  const role = least === 'VIEWER' ? 'a sign-in in a tenant' : `the role ${least}`
  if (scopes.length === 0) return `Needs ${role}.`
  return least === 'VIEWER' ? `Needs the scope ${scope}.` : `Needs the scope ${scope} or ${role}.`
}
