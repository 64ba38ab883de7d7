import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp({ settings: { INTROSPECTION: 'false', GRAPHIQL: 'false' } })
  key = (await program.seed.tenant()).key
})
afterAll(() => program.stop())

const ask = (query: string) => createTestClient(program.url, key).request(query)

test.each([
  getIntrospectionQuery(),
  '{ __type(name: "Stream") { name } }',
  '{ ...A } fragment A on Query { a: __schema { types { name } } }',
])('without introspection nobody is told the schema: %#', async (query) => {
  const { status, errors } = await ask(query)
  expect([status, errors?.[0]?.extensions?.code]).toEqual([400, 'INTROSPECTION_DISABLED'])
})

test('nor by a helpful error, and `__typename` stays', async () => {
  const { errors } = await ask('{ stream { id } }')
  expect(errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(errors?.[0]?.message).not.toContain('Did you mean')
  expect((await ask('{ __typename }')).data).toEqual({ __typename: 'Query' })
})

test('nor by a variable that is no value of an enum, however deep it stands', async () => {
  const { errors } = await createTestClient(program.url, key).request(
    'query Q($f: LogFilter) { logs(filter: $f) { nodes { message } } }',
    { f: { level: { in: ['ERROR', 'NOPE'] } } },
  )
  expect(errors?.[0]?.extensions?.code).toBe('BAD_REQUEST')
  expect(errors?.[0]?.message).toContain('$f.level.in.1')
  expect(JSON.stringify(errors)).not.toMatch(/DEBUG|FATAL/)
})

test('without GraphiQL there is no page and none of its files', async () => {
  const page = await fetch(`${program.url}/graphql`, { headers: { accept: 'text/html' } })
  expect(page.headers.get('content-type')).not.toContain('text/html')
  expect((await fetch(`${program.url}/graphiql/page.js`)).status).toBe(404)
})
