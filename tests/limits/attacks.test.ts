import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { attacks } from './attacks.ts'
import { roadNames, roadsTo } from './roads.ts'

let program: TestApp
let key: string
let roads: ReturnType<typeof roadsTo>
beforeAll(async () => {
  program = await startApp()
  key = (await program.seed.tenant()).key
  roads = roadsTo({ url: program.url, key })
})
afterAll(() => program.stop())

describe.each(roadNames)('over %s', (road) => {
  test.each(attacks)('$name is refused with $code', async (attack) => {
    const { code, closeCode = code } = attack
    expect(await roads[road]!(attack)).toBe(road === 'WebSocket' ? closeCode : code)
  })
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
