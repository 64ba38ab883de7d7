import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { withoutPlace } from './place-variables.ts'

const variables = { a: '1-0', s: true, f: { severity: 'LOW' } }

test.each([
  ['after and withStart of the live field', '{ n(after: $a, withStart: $s, filter: $f) { x } }', ['f']],
  ['an argument of that name below it', '{ n { x(after: $a) } }', ['a', 's', 'f']],
  ['the place and something else', '{ n(after: $a) { x(of: $a) } }', ['a', 's', 'f']],
  ['a value within an argument', '{ n(filter: { after: $a }) { x } }', ['a', 's', 'f']],
  ['a directive of the live field', '{ n @live(after: $a) { x } }', ['a', 's', 'f']],
])('variables for %s: what else tells subscribers apart stays', (_what, selection, left) => {
  const document = parse(`subscription ($a: String, $s: Boolean, $f: F) ${selection}`)
  expect(Object.keys(withoutPlace(document, variables))).toEqual(left)
  expect(Object.keys(withoutPlace(document, variables))).toEqual(left) // and once it is known
})

test('a query beside it keeps its variables: only a live field has a place', () => {
  const document = parse('query ($a: String) { n(after: $a) { x } }')
  expect(withoutPlace(document, variables)).toEqual(variables)
  expect(withoutPlace(document, null)).toEqual({})
})
