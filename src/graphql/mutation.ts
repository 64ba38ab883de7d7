import type { InputFieldMap, InputShapeFromFields, ObjectRef } from '@pothos/core'
import type { GraphQLField } from 'graphql'
import type { Action } from '../auth/actions.ts'
import type { Permit } from '../auth/permit.ts'
import type { Modules } from '../modules/modules.ts'
import { builder, type GraphTypes } from './builder.ts'
import { permitOf, type Context } from './context.ts'
import { encodeGlobalID } from './global-id.ts'
import { idempotencyKey, readInput, spoken, type InputBuilder } from './mutation-input.ts'
import { needs } from './needs.ts'
import { credentialProblems, problems } from './problems.ts'

export type PayloadBuilder<Result> = PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, Result>
type Values = Record<string, unknown>

/** Actions in a tenant. The others are an account's own, and their services take no permit. */
type AccountAction = 'account:read' | 'account:write' | 'tenant:create'
type TenantAction = Exclude<Action, AccountAction>

type Declared<Fields extends InputFieldMap, Result> = {
  /**
   * A verb in the third person: "Creates a stream with its first key." Who may do it is added from the table
   * of actions.
   */
  readonly description: string
  /** Fields of `<Mutation>Input`, the one argument `input`; none where the mutation needs no input. */
  readonly input?: (t: InputBuilder) => Fields
  /** Fields of `<Mutation>Payload`, the success member of the result union. */
  readonly payload: (t: PayloadBuilder<Result>) => object
  /**
   * What the payload shows is shown once and never again. The tests hold that no query reaches such a type.
   */
  readonly secret?: true
  /** Somebody proves who they are: two more problems can stand in the way. */
  readonly proves?: true
}

const typeName = (name: string): string => `${name[0]!.toUpperCase()}${name.slice(1)}`
const define = (
  name: string,
  options: Declared<InputFieldMap, never> & { readonly creates?: true },
  access: object,
  description: string,
  run: (given: ReturnType<typeof readInput>, context: Context) => unknown,
): void => {
  const title = typeName(name)
  const { input, creates, payload, secret, proves } = options
  const Payload = builder.objectRef<never>(`${title}Payload`).implement({
    description: `What \`${name}\` answers when it succeeds.`,
    extensions: { secret },
    fields: payload as never,
  })
  const Input =
    input &&
    builder.inputType(`${title}Input`, {
      description: `Input of \`${name}\`.`,
      fields: (t) => ({ ...input(t), ...(creates && { idempotencyKey: idempotencyKey(t) }) }),
    })
  builder.mutationField(name, (t) =>
    t.field({
      type: Payload,
      nullable: true,
      errors: {
        types: proves ? credentialProblems : problems,
        union: { description: `The payload of \`${name}\`, or the problem that prevented it.` },
      },
      description,
      ...access,
      args: Input ? { input: t.arg({ type: Input, required: true, description: 'The input.' }) } : {},
      resolve: async (_root: unknown, args: Values, context: Context, info: never) => {
        const { parentType, fieldName } = info as {
          parentType: { getFields(): Record<string, GraphQLField<unknown, unknown>> }
          fieldName: string
        }
        return run(readInput(parentType.getFields()[fieldName]!, (args.input ?? {}) as Values), context)
      },
    } as never),
  )
}

/** Declares a mutation in the tenant of the request. The action is written here and nowhere else. */
export const mutation = <A extends TenantAction, const Fields extends InputFieldMap, Result>(
  name: string,
  options: Declared<Fields, Result> & {
    readonly action: A
    /** It takes an `idempotencyKey`; its service passes `again` to `changes`. */
    readonly creates?: true
    readonly run: (
      permit: Permit<A>,
      input: InputShapeFromFields<Fields>,
      modules: Modules,
      context: Context,
    ) => Promise<Result> | Result
  },
): void => {
  const { action, description, run } = options
  define(
    name,
    options as never,
    { authScopes: { action } },
    `${description} ${needs(action)}`,
    ({ input, once }, context) => {
      const permit = permitOf(context, action)
      return run(
        once ? { ...permit, once: { ...once, mutation: name } } : permit,
        input as never,
        context.modules,
        context,
      )
    },
  )
}

/** Declares a mutation of an account: of who has signed in, or (`open`, with its reason) of anybody. */
export const accountMutation = <const Fields extends InputFieldMap, Result>(
  name: string,
  options: Declared<Fields, Result> & {
    readonly run: (
      input: InputShapeFromFields<Fields>,
      modules: Modules,
      context: Context,
    ) => Promise<Result> | Result
  } & ({ readonly action: AccountAction } | { readonly open: string }),
): void => {
  const access =
    'action' in options ? { authScopes: { action: options.action } } : { extensions: { open: options.open } }
  const who = 'action' in options ? needs(options.action) : 'Needs no credential.'
  define(name, options as never, access, `${options.description} ${who}`, ({ input }, context) =>
    options.run(input as never, context.modules, context),
  )
}

/** The fields of a payload that holds the one thing that the service answered. */
export const only =
  <T>(field: string, type: ObjectRef<GraphTypes, T> | { readonly name: string }, description: string) =>
  (t: PayloadBuilder<T>) => ({
    [field]: t.field({
      type: type as ObjectRef<GraphTypes, T>,
      description,
      resolve: (thing) => thing as never,
    }),
  })

/** The payload of a deletion: the global id of what was deleted. */
export const deleted = (type: string) => (t: PayloadBuilder<{ readonly id: string }>) => ({
  deletedId: t.id({
    description: `Global id of the deleted ${spoken(type)}.`,
    resolve: ({ id }) => encodeGlobalID(type, id),
  }),
})
