import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generate } from '@graphql-codegen/cli'
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  getNamedType,
  type GraphQLNamedType,
} from 'graphql'
import { expect, test } from 'vitest'
import codegen from '../../codegen.ts'
import { printedSchema, schema } from '../../src/graphql/schema.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)

type Described = readonly [place: string, description: string | null | undefined]

const partsOf = (type: GraphQLNamedType): Described[] => {
  const own: Described = [type.name, type.description]
  if (isEnumType(type))
    return [
      own,
      ...type.getValues().map((value): Described => [`${type.name}.${value.name}`, value.description]),
    ]
  if (isInputObjectType(type))
    return [
      own,
      ...Object.values(type.getFields()).map((field): Described => [
        `${type.name}.${field.name}`,
        field.description,
      ]),
    ]
  if (!isObjectType(type) && !isInterfaceType(type)) return [own]
  return [
    own,
    ...Object.values(type.getFields()).flatMap((field): Described[] => [
      [`${type.name}.${field.name}`, field.description],
      ...field.args.map((arg): Described => [`${type.name}.${field.name}(${arg.name})`, arg.description]),
    ]),
  ]
}

test('schema.graphql is what the program serves: `npm run schema` writes it', () => {
  expect(readFileSync(`${root}schema.graphql`, 'utf8')).toBe(printedSchema())
})

test('every type, field, argument, input field and enum value has a description that ends with a period', () => {
  const described = types.flatMap(partsOf)
  expect(described.length).toBeGreaterThan(300)
  expect(described.filter(([, text]) => !text?.trim().endsWith('.')).map(([place]) => place)).toEqual([])
})

test('every mutation answers a union of one result and all problems', () => {
  const problem = schema.getType('Problem')
  if (!isInterfaceType(problem)) throw new TypeError('Problem is no interface')
  // Where somebody proves who they are, two more can stand in the way.
  const ofCredentials = ['CredentialsError', 'RateLimitedError']
  const proving = new Set([
    'signUp',
    'signIn',
    'refreshSession',
    'changePassword',
    'beginOAuth',
    'completeOAuth',
    'linkOAuth',
    'validateStreamKey',
    'registerEdgeNode',
  ])
  const all = schema.getImplementations(problem).objects.map(({ name }) => name)
  const problems = all.filter((name) => !ofCredentials.includes(name))
  expect(all).toEqual(expect.arrayContaining(ofCredentials))
  expect(problems.toSorted()).toEqual([
    'ConflictError',
    'ForbiddenError',
    'LimitError',
    'NotFoundError',
    'ValidationError',
  ])
  for (const field of Object.values(schema.getMutationType()!.getFields())) {
    const type = getNamedType(field.type)
    if (!isUnionType(type)) throw new TypeError(`${field.name} answers no union`)
    const members = type.getTypes().map(({ name }) => name)
    const expected = proving.has(field.name) ? all : problems
    expect(members, field.name).toEqual(expect.arrayContaining(expected))
    expect(members, field.name).toHaveLength(expected.length + 1)
  }
})

const isNodes = (type: GraphQLNamedType): boolean =>
  isObjectType(type) &&
  (type.getInterfaces().some(({ name }) => name === 'Node') || type.name.endsWith('Connection'))

test('nothing that can be asked for is named like a secret', () => {
  // They show a secret, once.
  const payloads = types.filter(({ extensions }) => extensions.secret).map(({ name }) => name)
  expect(payloads.length).toBeGreaterThan(5)
  const mutationResults = new Set(payloads)
  const suspicious = types
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .filter(({ name }) => name !== 'Mutation' && !mutationResults.has(name))
    .flatMap((type) =>
      Object.values(type.getFields())
        // A node or a list of nodes is no text that opens something; what it shows is looked at itself.
        .filter((field) => !isNodes(getNamedType(field.type)))
        .map((field) => `${type.name}.${field.name}`),
    )
    .filter((place) =>
      /\.(.*(password|secret|hash|token|ticket).*|streamKey|key(Text|Value)|plaintext)$/i.test(place),
    )
  expect(suspicious).toEqual([])
  // And the types that do are reachable from mutations alone.
  const readers = types
    .filter((type) => (isObjectType(type) || isInterfaceType(type)) && type.name !== 'Mutation')
    .flatMap((type) =>
      isObjectType(type)
        ? Object.values(type.getFields()).map((field) => `${type.name}: ${getNamedType(field.type).name}`)
        : [],
    )
  expect(readers.filter((line) => mutationResults.has(line.split(': ')[1]!))).toEqual([])
})

test('the typed documents of the tests belong to this schema: `npm run codegen` writes them', async () => {
  const made: { filename: string; content: string }[] = await generate({ ...codegen, cwd: root }, false)
  expect(made.length).toBeGreaterThan(1)
  for (const { filename, content } of made)
    expect(readFileSync(new URL(filename, `file://${root}`), 'utf8'), filename).toBe(content)
})
