import {
  getNamedType,
  GraphQLID,
  isInputObjectType,
  isRequiredArgument,
  parseValue,
  valueFromASTUntyped,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql'
import type { Literals } from './everything.ts'

/** The mutations that take a global id, anywhere in their arguments. */
export const withIds = [
  'addIncidentNote',
  'changeIncidentStatus',
  'changeMemberRole',
  'createApiKey',
  'createEnvironment',
  'deleteEnvironment',
  'deleteProject',
  'removeMember',
  'revokeApiKey',
  'revokeSession',
  'rotateApiKey',
  'rotateStreamKey',
  'transferOwnership',
  'updateEnvironment',
  'updateProject',
  'withdrawInvitation',
]

/** Those that take none: what they work on is the credential's own, or named by a slug or a secret (tried by themselves). */
export const withoutIds = [
  'acceptInvitation',
  'beginOAuth',
  'changePassword',
  'completeOAuth',
  'createProject',
  'createStream',
  'createTenant',
  'deleteTenant',
  'inviteMember',
  'leaveTenant',
  'linkOAuth',
  'openIncident',
  'refreshSession',
  'revokeAllSessions',
  'signIn',
  'signOut',
  'signUp',
  'switchTenant',
  'unlinkOAuth',
  'updateTenant',
]

type Field = GraphQLField<unknown, unknown>
type Values = Record<string, unknown>

/** Where a field takes global ids: an argument, or a field of an input. */
type Place = readonly [argument: string, inner?: string]
const placesOf = ({ args }: Field): Place[] =>
  args.flatMap(({ name, type }): Place[] => {
    const named = getNamedType(type)
    if (named === GraphQLID) return [[name]]
    if (!isInputObjectType(named)) return []
    return Object.values(named.getFields())
      .filter((field) => getNamedType(field.type) === GraphQLID)
      .map((field): Place => [name, field.name])
  })

/** Each place of each mutation that takes a global id, with a document and variables that are good but for the id. */
export const idMutations = (schema: GraphQLSchema) => {
  const mutations = Object.values(schema.getMutationType()!.getFields()) as Field[]
  const each = mutations.flatMap((field) => placesOf(field).map((place) => ({ field, place })))
  return each.map(({ field, place: [argument, inner] }) => {
    const given = field.args.filter((arg) => isRequiredArgument(arg) || arg.name === argument)
    const declared = given.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')
    const passed = given.map(({ name }) => `${name}: $${name}`).join(', ')
    return {
      field,
      name: field.name,
      place: inner === undefined ? argument : `${argument}.${inner}`,
      document: `mutation (${declared}) { ${field.name}(${passed}) { __typename ... on Problem { code message path } } }`,
      variables: (literals: Literals) => {
        const values: Values = {}
        for (const { name } of given) {
          const literal = literals[`Mutation.${field.name}.${name}`]
          if (literal === undefined)
            throw new Error(`Mutation.${field.name}.${name} is new: say what it is given.`)
          values[name] = valueFromASTUntyped(parseValue(literal))
        }
        return (id: string): Values =>
          inner === undefined
            ? { ...values, [argument]: id }
            : { ...values, [argument]: { ...(values[argument] as Values), [inner]: id } }
      },
    }
  })
}
