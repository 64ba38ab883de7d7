import { readFileSync } from 'node:fs'
import { parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'

// That its tables are those of the program is tested with all generated pages (generated-docs.test.ts).
const page = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8')

test('every GraphQL operation of docs/access.md fits the schema', () => {
  const operations = [...page.matchAll(/```graphql\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(operations).toHaveLength(3)
  for (const text of operations) expect(validate(schema, parse(text)), text).toEqual([])
})
