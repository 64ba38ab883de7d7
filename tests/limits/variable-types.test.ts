import { buildSchema, getOperationAST, parse } from 'graphql'
import { expect, test } from 'vitest'
import { checkVariableTypes } from '../../src/graphql/limits/variable-types.ts'

const schema = buildSchema(`
  enum Level { LOW HIGH }
  input Inner { level: Level, tags: [String!] }
  input Outer { name: String!, inner: [Inner!], count: Int }
  type Query { ask(outer: Outer, name: String, at: When): Int }
  scalar When
`)
const check = (definitions: string, variables: Record<string, unknown>, introspection = true): string => {
  const document = parse(`query (${definitions}) { ask }`)
  try {
    checkVariableTypes(schema, document, getOperationAST(document)!, variables, introspection)
    return 'fits'
  } catch (error) {
    return (error as Error).message
  }
}

const SECRET = 'a secret value'
test.each<[definitions: string, variables: Record<string, unknown>, told: string]>([
  ['$name: String', {}, 'fits'],
  ['$name: String = "x"', {}, 'fits'],
  ['$name: String! = "x"', {}, 'fits'],
  ['$name: [String!]', { name: SECRET }, 'fits'],
  ['$o: Outer', { o: { name: SECRET, inner: { level: 'LOW', tags: [SECRET] }, count: 3 } }, 'fits'],
  ['$name: String!', {}, 'The variable "$name" of the type String! is missing.'],
  [
    '$name: String!',
    { name: null },
    'The variable "$name": Expected non-nullable type "String!" not to be null.',
  ],
  ['$name: String', { name: { x: SECRET } }, 'The variable "$name": Expected String.'],
  ['$o: Outer', { o: { name: SECRET, count: SECRET } }, 'The variable "$o.count": Expected Int.'],
  ['$o: Outer', { o: SECRET }, 'The variable "$o": Expected type "Outer" to be an object.'],
  [
    '$o: Outer',
    { o: { count: 1 } },
    'The variable "$o": Field "name" of required type "String!" was not provided.',
  ],
  [
    '$o: Outer',
    { o: { name: 'x', nam: SECRET } },
    'The variable "$o": Field "nam" is not defined by type "Outer".',
  ],
  [
    '$o: Outer',
    { o: { name: 'x', inner: [{}, { level: SECRET }] } },
    'The variable "$o.inner.1.level": Expected one of LOW, HIGH.',
  ],
  [
    '$o: Outer',
    { o: { name: 'x', inner: [{ tags: ['x', { y: SECRET }] }] } },
    'The variable "$o.inner.0.tags.1": Expected String.',
  ],
])('of (%s) with %j it is told: %s', (definitions, variables, told) => {
  expect(check(definitions, variables)).toBe(told)
})
