import type { Action } from '../auth/actions.ts'
import { can } from '../auth/viewer.ts'
import { builder, type GraphTypes } from './builder.ts'
import { tenantOf, type Context } from './context.ts'

type FieldsOf<T> = (t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, T>) => object

/**
 * Declares a type of which a tenant has one object, whose id is made of the tenant's. By that id the cache of a
 * client knows that what several queries select of it is of one object, and none overwrites another.
 */
export const oneOfTenant = <T extends object>(
  name: string,
  options: {
    readonly description: string
    readonly action: Action
    /** The object of a request; null where there is none. */
    readonly find: (context: Context) => T | null
    readonly fields: FieldsOf<T>
  },
) => {
  const { description, action, find, fields } = options
  return builder.node(builder.objectRef<T>(name), {
    description,
    authScopes: { action },
    id: { resolve: (_object, _args, context) => tenantOf(context) },
    loadOne: (id: string, context) =>
      can(context.viewer, action) && id === tenantOf(context) ? find(context) : null,
    fields: fields as never,
  })
}
