import { buildSchema, type DocumentNode, type GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { expect, test } from 'vitest'
import { anonymous, type Viewer } from '../../auth/viewer.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { errorLimits } from '../limits/told-errors.ts'
import { createDocuments } from './documents.ts'

const somebody = { kind: 'apiKey', tenant: trustTenantId(uuidv7()) } as Viewer
const newcomer = { kind: 'user', tenant: undefined } as Viewer

const open = (bytes: { known: number; nobody: number }) => {
  const yoga = createYoga({
    schema: buildSchema('type Query { a: Int }'),
    parserAndValidationCache: false,
    plugins: [createDocuments(bytes).plugin as never],
  })
  return (viewer: Viewer, text: string) => yoga.getEnveloped({ viewer } as never).parse(text) as object
}
const large = (name: number): string => `query Q${name} { ${'a '.repeat(900)} }`

test('a document is parsed once, and so is one that is none', () => {
  const parse = open({ known: 1 << 20, nobody: 1 << 20 })
  expect(parse(somebody, '{ a }')).toBe(parse(somebody, '{ a }'))
  const errors = [1, 2].map(() => {
    try {
      return parse(somebody, '{ a ')
    } catch (error) {
      return error
    }
  })
  expect(errors[0]).toBeInstanceOf(Error)
  expect(errors[0]).toBe(errors[1])
})

test('documents are held by their bytes, and not by their number', () => {
  const parse = open({ known: 1 << 20, nobody: 1 << 20 })
  const small = Array.from({ length: 50 }, (_, name) => `query S${name} { a }`)
  const first = parse(somebody, small[0]!)
  for (const text of small) parse(somebody, text)
  expect(parse(somebody, small[0]!)).toBe(first)
  for (let name = 0; name < 5; name += 1) parse(somebody, large(name))
  expect(parse(somebody, small[0]!)).not.toBe(first)
})

test.each([
  ['no credential', anonymous],
  ['an account in no tenant', newcomer],
])('documents of %s put out none of anybody else', (_who, nobody) => {
  const parse = open({ known: 1 << 20, nobody: 1 << 20 })
  const known = parse(somebody, '{ a }')
  const unknown = parse(nobody, '{ a }')
  for (let name = 0; name < 20; name += 1) parse(nobody, large(name))
  expect(parse(somebody, '{ a }')).toBe(known)
  expect(parse(nobody, '{ a }')).not.toBe(unknown)
})

const wrong = (name: number): string =>
  `{ ${Array.from({ length: 30 }, (_, index) => `x${name}_${index}`).join(' ')} }`

test('errors of documents are short, and count for what is held', () => {
  const documents = createDocuments({ known: 1 << 20, nobody: 1 << 20 })
  const yoga = createYoga({
    schema: buildSchema('type Query { a: Int }'),
    parserAndValidationCache: false,
    plugins: [documents.plugin as never],
  })
  const { parse, validate, schema } = yoga.getEnveloped({ viewer: somebody } as never)
  expect(documents.valid(somebody, '{ a }')).toBeUndefined()
  const right = parse('{ a }') as DocumentNode
  expect(documents.valid(somebody, '{ a }')).toBeUndefined()
  validate(schema, right)
  expect(documents.valid(somebody, '{ a }')).toBe(right)
  expect(documents.valid(newcomer, '{ a }')).toBeUndefined()
  const first = parse(wrong(0)) as DocumentNode
  const errors = validate(schema, first) as readonly GraphQLError[]
  expect(errors).toHaveLength(errorLimits.errors + 1)
  expect(validate(schema, first)).toBe(errors)
  expect(documents.valid(somebody, wrong(0))).toBeUndefined()
  expect(parse(wrong(0))).toBe(first)
  // Without their errors these would fit: 15,000 bytes each.
  for (let name = 1; name < 20; name += 1) validate(schema, parse(wrong(name)) as DocumentNode)
  expect(parse(wrong(0))).not.toBe(first)
  expect(() => parse(`{ a ${'"x'.repeat(20_000)} }`)).toThrow(/^.{1,300}$/s)
})
