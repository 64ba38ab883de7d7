import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { eventually, settled } from '../testkit/waiters.ts'

const Resumed = graphql(`
  subscription Resumed($after: String) {
    incidentChanged(after: $after) {
      __typename
      ... on IncidentChanged {
        cursor
        number
      }
      ... on Resync {
        reason
      }
    }
  }
`)

let program: TestApp
beforeAll(async () => {
  program = await startApp()
})
afterAll(() => program.stop())

const read = async (
  values: AsyncIterator<{ data?: { incidentChanged?: object | null } | null | undefined }>,
  many: number,
) => {
  const changes: { cursor: string; number: number }[] = []
  while (changes.length < many)
    changes.push(
      (await settled(values.next(), 10_000, 'a change')).value.data.incidentChanged as (typeof changes)[0],
    )
  return changes
}

const transports = ['WebSocket', 'SSE', 'SSE single connection'] as const
test.each(transports)('after a break, `after` brings exactly what was missed, over %s', async (transport) => {
  const own = await program.seed.tenant()
  const client = createTestClient(program.url, own.key)
  const live = () =>
    transport === 'WebSocket' ? client.webSocket() : client.sse(transport === 'SSE single connection')
  const { bus } = program.app
  await eventually(() => expect(bus.openTails()).toBe(0)) // what the transport before left open for a moment
  const first = live()
  const values = first.subscribe(Resumed)
  const waiting = read(values, 2)
  await eventually(() => expect(bus.openTails()).toBe(1))
  await program.seed.incident(own.tenant)
  await program.seed.incident(own.tenant)
  const [one, two] = await waiting
  expect([one?.number, two?.number]).toEqual([1, 2])
  await values.return?.()
  await first.close()

  for (let n = 0; n < 3; n++) await program.seed.incident(own.tenant)
  const second = live()
  const resumed = second.subscribe(Resumed, { after: one!.cursor })
  expect((await read(resumed, 4)).map(({ number }) => number)).toEqual([2, 3, 4, 5])
  const following = read(resumed, 1)
  await program.seed.incident(own.tenant)
  expect((await following)[0]!.number).toBe(6)
  await resumed.return?.()
  await second.close()
})
