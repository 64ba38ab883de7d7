import { GraphQLError, parse, Source } from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../schema.ts'
import { errorLimits, shortened, validateWithin } from './told-errors.ts'

const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ')
const told = (text: string, suggests = true) => validateWithin(schema, parse(text), undefined, suggests)
const suggestions = (errors: readonly GraphQLError[]) =>
  errors.filter(({ message }) => message.includes('Did you mean')).length

test('names that are like a wrong one are told in the first two errors, and nowhere where none may be', () => {
  expect(told('{ viewr { tenant { nam } } }')[0]!.message).toBe(
    'Cannot query field "viewr" on type "Query". Did you mean "viewer"?',
  )
  const wrong = `{ ${times(15, () => 'viewr { id }')} }`
  expect([told(wrong).length, suggestions(told(wrong))]).toEqual([15, 2])
  expect(suggestions(told(wrong, false))).toBe(0)
  const literal = '{ streams(filter: { status: { eq: LIV } }) { nodes { id } } }'
  expect(suggestions(told(literal))).toBe(1)
  expect(JSON.stringify(told(literal, false))).not.toContain('LIVE')
  expect(told('{ viewer { tenant { name } } }')).toEqual([])
})

test('it stops after twenty errors and compares few names with those of the schema', () => {
  const text = `{ __typename } ${times(101, (i) => `fragment F${i} on NotificationRouteCon0${i} { id }`)}`
  const errors = told(text)
  expect(errors).toHaveLength(errorLimits.errors + 1)
  expect(errors.at(-1)!.message).toContain('Too many')
  expect(suggestions(errors)).toBeLessThan(3)
})

test('an error is told with so many characters and places, and stays the error that it is', () => {
  const { definitions } = parse(times(30, (i) => `fragment F${i} on Query { a }`))
  const long = new GraphQLError('x'.repeat(10_000), { nodes: definitions, extensions: { code: 'ANY' } })
  const short = shortened(long)
  expect([short.message.length, short.locations?.length]).toEqual([
    errorLimits.characters,
    errorLimits.places,
  ])
  expect(short.extensions).toEqual({ code: 'ANY' })
  const source = new Source('{ a')
  const unparsed = shortened(new GraphQLError('y'.repeat(10_000), { source, positions: [3] }))
  expect(unparsed.locations).toEqual([{ line: 1, column: 4 }])
  const fine = new GraphQLError('fine')
  expect(shortened(fine)).toBe(fine)
})

test('a document with too much to merge is refused in words that say what to do', () => {
  const text = `{ node(id: "x") { ${times(800, () => '... on Incident { x: id }')} } }`
  const [error, ...more] = told(text)
  expect(more).toEqual([])
  expect(error!.originalError).toMatchObject({ code: 'TOO_MANY_FIELDS' })
  expect(error!.message).toContain('Ask in smaller parts')
})
