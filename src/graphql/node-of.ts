import { resolveNodes } from '@pothos/plugin-relay'
import { isObjectType, type GraphQLResolveInfo } from 'graphql'
import { can } from '../auth/viewer.ts'
import { isUuid } from '../platform/ids.ts'
import { ForbiddenError } from '../platform/problems.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { actionOf } from './root-actions.ts'

/** Whether `node` takes ids of that type. */
export const isNode = (info: GraphQLResolveInfo, typename: string): boolean => {
  const type = info.schema.getType(typename)
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node')
}

/**
 * The object that a row names by type and id, as `node` answers it: for edges to objects of several types or
 * of another domain. Null when there is none, or the viewer may not read it. Those of one type that are asked
 * for at once are read by one statement.
 */
export const nodeOf = async <T>(
  context: Context,
  info: GraphQLResolveInfo,
  typename: string | null,
  id: string | null,
): Promise<T | null> => {
  if (typename === null || id === null || !isUuid(id) || !isNode(info, typename)) return null
  const action = actionOf(info.schema.getType(typename)!)
  if (action !== undefined && !can(context.viewer, action)) return null
  try {
    const [node] = await resolveNodes(builder, context, info, [{ typename, id }])
    return (await node) as T | null
  } catch (error) {
    if (error instanceof ForbiddenError) return null // of a type that asks for its action when it is loaded
    throw error
  }
}
