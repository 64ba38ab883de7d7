import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'
import type { Random } from './random.ts'
import { literalOf, type createValues, type Mode } from './values.ts'

type Field = GraphQLField<unknown, unknown>
type Variable = {
  readonly name: string
  readonly type: string
  readonly value: unknown
  readonly fallback: string
}

/** Fields of one operation, all in all; a page in a page in a page costs more than one may. */
const MOST_FIELDS = 40
const DEEPEST = 7

/** Writes the selections of one operation, and collects its variables and fragments. */
export const createSelections = (
  schema: GraphQLSchema,
  random: Random,
  values: ReturnType<typeof createValues>,
  mode: Mode,
) => {
  const { chance, pick, below } = random
  const variables: Variable[] = []
  const fragments: string[] = []
  let left = MOST_FIELDS
  let aliases = 0

  const variableOf = (value: unknown, type: string, fallback = ''): string => {
    const name = `v${variables.length}`
    variables.push({ name, type, value, fallback })
    return `$${name}`
  }
  const argumentOf = (owner: string, field: Field, argument: GraphQLArgument): string[] => {
    const isPage = argument.name === 'first' && !field.args.some(isRequiredArgument)
    if (!isRequiredArgument(argument) && !chance(isPage ? 0.8 : argument.name === 'last' ? 0.05 : 0.25))
      return []
    if (mode === 'wrong' && chance(0.02)) return [] // a required one is missing
    const value = values.valueOf(argument.type, `${owner}.${field.name}.${argument.name}`)
    if (value === undefined) return []
    if (!chance(0.4)) return [`${argument.name}: ${literalOf(value, argument.type)}`]
    const type = mode === 'wrong' && chance(0.05) ? 'Int!' : String(argument.type)
    // What has a default need not be given.
    const fallback =
      chance(0.1) && !isNonNullType(argument.type) ? ` = ${literalOf(value, argument.type)}` : ''
    const given = fallback && chance(0.5) ? undefined : value
    return [`${argument.name}: ${variableOf(given, type, fallback)}`]
  }
  const argumentsOf = (owner: string, field: Field): string => {
    const given = field.args.flatMap((argument) => argumentOf(owner, field, argument))
    if (mode === 'wrong' && chance(0.01)) given.push('nothing: 1')
    return given.length > 0 ? `(${given.join(', ')})` : ''
  }
  const directive = (): string => {
    if (!chance(0.04)) return ''
    const flag = chance(0.5) ? String(chance(0.5)) : variableOf(chance(0.5), 'Boolean!')
    return ` @${pick(['skip', 'include'])}(if: ${flag})`
  }
  const alias = (always: boolean): string => (always || chance(0.1) ? `a${aliases++}: ` : '')

  const fieldOf = (owner: string, field: Field, depth: number, aliased = false): string => {
    left -= 1
    const head = `${alias(aliased)}${field.name}${argumentsOf(owner, field)}${directive()}`
    return `${head}${selectionOf(field.type, depth + 1)}`
  }

  /** Some of a type's fields, one by one or in fragments. */
  const fieldsOf = (type: GraphQLObjectType, depth: number, most: number, aliased = false): string => {
    const all = Object.values(type.getFields())
    const leaves = all.filter((field) => isLeafType(getNamedType(field.type)))
    const open = left <= 0 || depth >= DEEPEST ? leaves : all
    const chosen = random.some(open, 1 + below(most))
    const texts = chosen.map((field) => fieldOf(type.name, field, depth, aliased))
    if (chance(0.2)) texts.push(chance(0.2) ? `${alias(true)}__typename` : '__typename')
    if (mode === 'wrong' && chance(0.01))
      texts.push(pick(['nothing', '__type', 'id { id }', '... on Nothing { id }']))
    if (texts.length === 0) return '__typename'
    if (chance(0.08)) {
      const name = `F${fragments.length}`
      fragments.push(`fragment ${name} on ${type.name} { ${texts.join(' ')} }`)
      return `...${name}${directive()}`
    }
    return chance(0.08)
      ? `...${chance(0.5) ? ` on ${type.name}` : ''}${directive()} { ${texts.join(' ')} }`
      : texts.join(' ')
  }

  const selectionOf = (output: GraphQLOutputType, depth: number): string => {
    const type = getNamedType(output)
    if (isLeafType(type)) return mode === 'wrong' && chance(0.003) ? ' { id }' : ''
    if (mode === 'wrong' && chance(0.005)) return ''
    if (isObjectType(type)) return ` { ${fieldsOf(type, depth, 4)} }`
    if (!isAbstractType(type)) throw new TypeError(`${String(type)} has no fields`)
    // Its members may call different things by one name, so what is asked of several has names of its own.
    const members = schema.getPossibleTypes(type)
    const payload = members.filter(({ name }) => name.endsWith('Payload'))
    const asked = payload.length > 0 ? [...payload, ...random.some(members, 1)] : random.some(members, 3)
    const parts = asked.map((member) => `... on ${member.name} { ${fieldsOf(member, depth, 4, true)} }`)
    const problem = schema.getType('Problem')
    if (payload.length > 0 && isInterfaceType(problem)) parts.push('... on Problem { code message path }')
    return ` { __typename ${parts.join(' ')} }`
  }
  return { variables, fragments, fieldOf }
}
