import { createHash } from 'node:crypto'
import type { InputFieldMap, InputShapeFromFields, ObjectRef } from '@pothos/core'
import type { GraphQLField, GraphQLInputObjectType, GraphQLNonNull } from 'graphql'
import type { Action } from '../auth/actions.ts'
import type { Permit } from '../auth/permit.ts'
import type { Modules } from '../modules/modules.ts'
import { AppError } from '../platform/errors.ts'
import { NotFoundError, ValidationError } from '../platform/problems.ts'
import { builder, type GraphTypes } from './builder.ts'
import { permitOf, type Context } from './context.ts'
import { decodeGlobalID, encodeGlobalID } from './global-id.ts'
import { needs } from './needs.ts'
import { credentialProblems, problems } from './problems.ts'

type InputBuilder = PothosSchemaTypes.InputFieldBuilder<GraphTypes, 'InputObject'>
export type PayloadBuilder<Result> = PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, Result>
type Values = Record<string, unknown>

/** Actions in a tenant. The others are an account's own, and their services take no permit. */
type AccountAction = 'account:read' | 'account:write' | 'tenant:create'
type TenantAction = Exclude<Action, AccountAction>

type Declared<Fields extends InputFieldMap, Result> = {
  /** A verb in the third person: "Creates a stream with its first key." Who may do it is added from the table of actions. */
  readonly description: string
  /** Fields of `<Mutation>Input`, the one argument `input`; none where the mutation needs no input. */
  readonly input?: (t: InputBuilder) => Fields
  /** Fields of `<Mutation>Payload`, the success member of the result union. */
  readonly payload: (t: PayloadBuilder<Result>) => object
  /** What the payload shows is shown once and never again. The tests hold that no query reaches such a type. */
  readonly secret?: true
}

const typeName = (name: string): string => `${name[0]!.toUpperCase()}${name.slice(1)}`
/** `StreamKey` as "stream key", `ApiKey` as "API key". */
const spoken = (type: string): string =>
  type
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .replace(/^api\b/, 'API')

/**
 * A field of an input that takes a global id. The service gets the id of the row; the id of something else, or what is no id at
 * all, is answered like one that nobody has: NotFoundError at that field.
 */
export const idOf = <Req extends boolean = true>(
  t: InputBuilder,
  type: string,
  {
    required = true as Req,
    description = `Global id of the ${spoken(type)}.`,
  }: { required?: Req; description?: string } = {},
) => t.id({ required, description, extensions: { globalId: type } })

const decoded = (type: string, value: unknown, field: string): string => {
  try {
    const { typename, id } = decodeGlobalID(String(value))
    if (typename === type) return id
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
  throw new NotFoundError(`There is no ${spoken(type)} with this id.`, [field])
}

/** The input of a mutation's field, and which of its fields are global ids of what. */
const idFieldsOf = ({
  args,
}: Pick<GraphQLField<unknown, unknown>, 'args'>): [field: string, type: string][] => {
  const input = args.find(({ name }) => name === 'input')?.type as
    | GraphQLNonNull<GraphQLInputObjectType>
    | undefined
  return Object.values(input?.ofType.getFields() ?? {}).flatMap(({ name, extensions }) =>
    typeof extensions.globalId === 'string' ? [[name, extensions.globalId] as [string, string]] : [],
  )
}

/** The object that a call of a mutation is about: `id`, else the first other global id of the input. */
export const resourceOf = (
  field: Pick<GraphQLField<unknown, unknown>, 'args'>,
  args: Values,
): { resourceType: string; resourceId: string } | undefined => {
  const input = (args.input ?? {}) as Values
  const ids = idFieldsOf(field).toSorted(([a], [b]) => Number(b === 'id') - Number(a === 'id'))
  for (const [name, type] of ids)
    try {
      if (input[name] != null) return { resourceType: type, resourceId: decoded(type, input[name], name) }
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error // what is no id of that type names nothing
    }
  return undefined
}

/** Input as the service takes it: global ids are ids of rows, and the idempotency key is apart. */
const readInput = (field: Pick<GraphQLField<unknown, unknown>, 'args'>, given: Values) => {
  const { idempotencyKey, ...input } = given
  for (const [name, type] of idFieldsOf(field))
    if (input[name] != null) input[name] = decoded(type, input[name], name)
  if (typeof idempotencyKey !== 'string') return { input, once: undefined }
  if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey))
    throw new ValidationError('idempotencyKey: 1 to 200 visible ASCII characters are expected.', [
      'idempotencyKey',
    ])
  const text = JSON.stringify(input, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return {
    input,
    once: { key: idempotencyKey, inputHash: new Uint8Array(createHash('sha256').update(text).digest()) },
  }
}

const idempotencyKey = (t: InputBuilder) =>
  t.string({
    description:
      "The client's own name for this request: sent again within 24 hours, it creates nothing and answers what it created before.",
  })

const define = (
  name: string,
  options: Declared<InputFieldMap, never> & { readonly creates?: true; readonly proves?: true },
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
    /** Somebody proves who they are: two more problems can stand in the way. */
    readonly proves?: true
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
