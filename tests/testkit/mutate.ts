import {
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  type GraphQLObjectType,
} from 'graphql'
import { schema } from '../../src/graphql/schema.ts'
import type { createTestClient } from './client.ts'

/** Every scalar of a type, and those of the objects in it. */
const fieldsOf = (type: GraphQLObjectType, depth: number): string =>
  Object.values(type.getFields())
    .filter(({ args }) => !args.some(isRequiredArgument))
    .flatMap((field) => {
      const named = getNamedType(field.type)
      if (isLeafType(named)) return [field.name]
      const isPage = field.args.some(({ name }) => name === 'first')
      return depth > 0 && isObjectType(named) && !isPage
        ? [`${field.name} { ${fieldsOf(named, depth - 1)} }`]
        : []
    })
    .join(' ')

const documents = new Map<string, string>()

/** A document of a mutation that asks for all of its payload but lists, and for the problem. */
export const mutationDocument = (name: string): string => {
  const known = documents.get(name)
  if (known !== undefined) return known
  const field = schema.getMutationType()?.getFields()[name]
  const union = field && getNamedType(field.type)
  if (!isUnionType(union)) throw new TypeError(`there is no mutation ${name}`)
  const payload = union.getTypes().find((type) => type.name.endsWith('Payload'))!
  const input = field!.args.find((arg) => arg.name === 'input')
  const [declared, passed] = input ? [`($input: ${String(input.type)})`, '(input: $input)'] : ['', '']
  const made = `mutation ${declared} { ${name}${passed} { __typename ... on ${payload.name} { ${fieldsOf(payload, 1)} } ... on Problem { code message path } } }`
  documents.set(name, made)
  return made
}

export type Payload = Record<string, never> & {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly path?: readonly string[]
}

/** Runs a mutation and answers its payload or its problem. Throws for errors beside them. */
export const mutate = async (
  client: Pick<ReturnType<typeof createTestClient>, 'request'>,
  name: string,
  input?: object,
): Promise<Payload> => {
  const { data, errors } = await client.request<Record<string, Payload>, object>(
    mutationDocument(name),
    input ? { input } : {},
  )
  const payload = data?.[name]
  if (!payload || errors)
    throw new Error(`${name} ${JSON.stringify(input)}: ${JSON.stringify({ data, errors })}`)
  return payload
}
