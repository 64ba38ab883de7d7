import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { attacks } from './attacks.ts'
import { roadsOf } from './roads.ts'

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp()
  key = (await program.seed.tenant()).key
})
afterAll(() => program.stop())

const roads = roadsOf(() => ({ url: program.url, key }))

describe.each(Object.keys(roads))('over %s', (road) => {
  test.each(attacks)('$name is refused with $code', async (attack) => {
    const errors = await roads[road]!(attack)
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(expect.arrayContaining([attack.code]))
  })
})

test('a batch of operations is refused', async () => {
  const response = await fetch(`${program.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
})

test('an answer tells what its operation cost', async () => {
  const answer = (await createTestClient(program.url, key).request(
    '{ streams(first: 5) { nodes { title } } }',
  )) as unknown
  // The connection and five streams.
  expect(answer).toMatchObject({ extensions: { cost: { requested: 6, max: 5_000 } } })
})

test('the introspection query of tools is within the limits', async () => {
  const { getIntrospectionQuery } = await import('graphql')
  const { errors } = await createTestClient(program.url, key).request(getIntrospectionQuery())
  expect(errors).toBeUndefined()
})
