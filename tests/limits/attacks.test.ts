import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { attacks, type Attack } from './attacks.ts'

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp()
  key = (await program.seed.tenant()).key
})
afterAll(() => program.stop())

type Ask = (attack: Attack) => Promise<readonly { extensions?: { code?: string } }[] | undefined>

/** The errors of an operation, however the transport says them. */
const roads: Record<string, Ask> = {
  HTTP: async ({ query, variables }) =>
    (await createTestClient(program.url, key).request(query, variables)).errors,
  WebSocket: async ({ query, variables }) => {
    const client = createTestClient(program.url, key).webSocket()
    try {
      const { value } = await client.subscribe(query as never, variables as never).next()
      return (value as Answer<unknown>).errors
    } catch (errors) {
      return errors as [] // an `error` message rejects with its list
    } finally {
      await client.close()
    }
  },
  SSE: async ({ query, variables }) => {
    const response = await fetch(`${program.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query, variables }),
    })
    const data = /^data: (.+)$/m.exec(await response.text())?.[1]
    return (JSON.parse(data!) as Answer<unknown>).errors
  },
}

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
