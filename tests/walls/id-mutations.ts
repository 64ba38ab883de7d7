import {
  getNamedType,
  isInputObjectType,
  isUnionType,
  parseValue,
  valueFromASTUntyped,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLSchema,
} from 'graphql'
import { openReason } from '../../src/graphql/root-actions.ts'
import type { Literals } from './everything.ts'

type Field = GraphQLField<unknown, unknown>
type Values = Record<string, unknown>

const inputOf = ({ args }: Field): GraphQLInputObjectType | undefined => {
  const type = args[0] && getNamedType(args[0].type)
  return isInputObjectType(type) ? type : undefined
}

/** Fields of a mutation's input that take a global id. */
const placesOf = (field: Field): string[] =>
  Object.values(inputOf(field)?.getFields() ?? {})
    .filter(({ extensions }) => extensions.globalId !== undefined)
    .map(({ name }) => name)

const mutationsOf = (schema: GraphQLSchema): Field[] =>
  Object.values(schema.getMutationType()!.getFields()) as Field[]

/**
 * Each field of each mutation's input that takes a global id, with variables that are good but for the id.
 */
export const idMutations = (schema: GraphQLSchema) =>
  mutationsOf(schema).flatMap((field) =>
    placesOf(field).map((place) => ({
      field,
      name: field.name,
      place,
      /** The mutation so many times in one operation, each with an input of its own: `$of0`, `$of1`, … */
      documentOf: (times: number) => {
        const names = Array.from({ length: times }, (_, index) => `of${index}`)
        const given = names.map((name) => `$${name}: ${inputOf(field)!.name}!`)
        const fields = names.map(
          (name) =>
            `${name}: ${field.name}(input: $${name}) { __typename ... on Problem { code message path } }`,
        )
        return `mutation (${given.join(', ')}) { ${fields.join(' ')} }`
      },
      document: `mutation ($input: ${inputOf(field)!.name}!) { ${field.name}(input: $input) { __typename ... on Problem { code message path } } }`,
      variables: (literals: Literals) => {
        const coordinate = `Mutation.${field.name}.input`
        const literal = literals[coordinate]
        if (literal === undefined)
          throw new Error(`${coordinate} is new: say in tests/domains what it is given.`)
        const values = valueFromASTUntyped(parseValue(literal)) as Values
        return (id: string): Values => ({ input: { ...values, [place]: id } })
      },
    })),
  )

/**
 * Mutations that name nothing of a tenant's by an id, and are not open to everybody: each is tried by itself.
 */
export const withoutIds = (schema: GraphQLSchema): string[] =>
  mutationsOf(schema)
    .filter((field) => placesOf(field).length === 0 && openReason(field) === undefined)
    .map(({ name }) => name)
    .toSorted()

/** A `ID` that no mechanism reads as a global id would be one that nobody tries. */
export const undeclaredIds = (schema: GraphQLSchema): string[] =>
  mutationsOf(schema).flatMap((field) =>
    Object.values(inputOf(field)?.getFields() ?? {})
      .filter(({ type, extensions }) => getNamedType(type).name === 'ID' && extensions.globalId === undefined)
      .map(({ name }) => `${field.name}.${name}`),
  )

/** The success member of a mutation's union. */
export const payloadOf = (field: Field): string => {
  const union = getNamedType(field.type)
  if (!isUnionType(union)) throw new TypeError(`${field.name} answers no union`)
  return union.getTypes().find(({ name }) => name.endsWith('Payload'))!.name
}
