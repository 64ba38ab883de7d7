import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import type { StoredLogEventFilter } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { settled } from '../testkit/waiters.ts'

const Tail = graphql(`
  subscription LogTail($filter: StoredLogEventFilter, $after: String) {
    logAdded(filter: $filter, after: $after, withStart: true) {
      __typename
      ... on LogEventStored {
        cursor
        event {
          message
          level
          attributes {
            name
            value
          }
          logContext(before: 1, after: 0) {
            message
          }
        }
      }
    }
  }
`)

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const line = (n: number) => ({
  event_id: uuidv7(),
  time: Date.now() + n,
  level: n % 2 === 0 ? 'INFO' : 'ERROR',
  message: `line ${n}`,
  service: 's',
  host: 'h',
  attributes: { n, region: n < 6 ? 'EU' : 'US' },
})
const post = async (client: TestClient, lines: readonly object[]): Promise<void> => {
  expect((await client.ingest('log_events', lines)).body).toMatchObject({ accepted: lines.length })
  await program.app.ingest.flushed()
}
const open = (client: TestClient, filter: StoredLogEventFilter, after?: string) => {
  const live = client.webSocket()
  const values = live.subscribe(Tail, { filter, after: after ?? null })
  const next = async () => {
    const { value } = await settled(values.next(), 10_000, 'a line')
    if (!value?.data?.logAdded) throw new Error(JSON.stringify(value))
    return value.data.logAdded
  }
  const close = async () => {
    await values.return?.()
    await live.close()
  }
  return { next, close }
}
type Told = Awaited<ReturnType<ReturnType<typeof open>['next']>>
const told = (item: Told) => {
  if (item.__typename !== 'LogEventStored') throw new Error(item.__typename)
  return item
}

test('a tail tells the lines that fit its filter, once and in order, to its own tenant, and again from a cursor', async () => {
  const [client, other] = await Promise.all(
    [1, 2].map(async () => createTestClient(program.url, (await program.seed.tenant()).key)),
  )
  const errors = open(client!, { level: { eq: 'ERROR' }, not: { attribute: { name: 'region', eq: 'US' } } })
  const theirs = open(other!, {})
  for (const tail of [errors, theirs]) expect((await tail.next()).__typename).toBe('Resync')
  const lines = Array.from({ length: 8 }, (_, n) => line(n))
  await post(client!, lines.slice(0, 4))
  await post(client!, lines.slice(4))
  await post(other!, [{ ...line(1), message: 'theirs' }])
  expect(told(await theirs.next()).event.message).toBe('theirs')
  const seen = [told(await errors.next()), told(await errors.next()), told(await errors.next())]
  expect(seen.map(({ event }) => event.message)).toEqual(['line 1', 'line 3', 'line 5'])
  expect(seen[1]!.event).toEqual({
    message: 'line 3',
    level: 'ERROR',
    attributes: [
      { name: 'n', value: '3' },
      { name: 'region', value: 'EU' },
    ],
    logContext: [{ message: 'line 2' }, { message: 'line 3' }],
  })
  for (const tail of [errors, theirs]) await tail.close()
  const back = open(client!, { message: { startsWith: 'LINE' } }, seen[2]!.cursor)
  expect(told(await back.next()).event.message).toBe('line 6')
  await back.close()
})
