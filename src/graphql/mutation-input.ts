import { createHash } from 'node:crypto'
import type { GraphQLField, GraphQLInputObjectType, GraphQLNonNull } from 'graphql'
import { AppError } from '../platform/errors.ts'
import { NotFoundError, ValidationError } from '../platform/problems.ts'
import type { GraphTypes } from './builder.ts'
import { decodeGlobalID } from './global-id.ts'

export type InputBuilder = PothosSchemaTypes.InputFieldBuilder<GraphTypes, 'InputObject'>
type Values = Record<string, unknown>

/** `StreamKey` as "stream key", `ApiKey` as "API key", `OnCallSchedule` as "on-call schedule". */
export const spoken = (type: string): string =>
  type
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .replace(/^api\b/, 'API')
    .replace(/^on call\b/, 'on-call')

/**
 * A field of an input that takes a global id. The service gets the id of the row; the id of something else,
 * or what is no id at all, is answered like one that nobody has: NotFoundError at that field.
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
export const readInput = (field: Pick<GraphQLField<unknown, unknown>, 'args'>, given: Values) => {
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

export const idempotencyKey = (t: InputBuilder) =>
  t.string({
    description:
      "The client's own name for this request: sent again within 24 hours, it creates nothing and answers what it created before.",
  })
