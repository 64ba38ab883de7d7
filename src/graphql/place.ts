import type { GraphQLResolveInfo } from 'graphql'

/** The place of a field in its operation without the positions in lists: the same for all parents of a page. */
export const placeOf = ({ path }: GraphQLResolveInfo): string => {
  const keys: (string | number)[] = []
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at; at = at.prev)
    if (typeof at.key === 'string') keys.unshift(at.key)
  return keys.join('.')
}
