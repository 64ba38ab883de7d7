import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createResumingSseClient } from '../../examples/clients/graphql-sse.ts'
import { createResumingClient } from '../../examples/clients/graphql-ws.ts'
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

const createSink = () => ({ next: vi.fn(), error: vi.fn(), complete: vi.fn() })

const examples = {
  'graphql-ws': (url: string, headers: Record<string, string>) =>
    createResumingClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: headers,
    }),
  'graphql-sse': (url: string, headers: Record<string, string>) =>
    createResumingSseClient({ url: `${url}/graphql`, headers }),
  'graphql-sse, one connection': (url: string, headers: Record<string, string>) =>
    createResumingSseClient({ url: `${url}/graphql/stream`, headers, singleConnection: true }),
}
test.each(Object.entries(examples))(
  'what the application throws on an event ends its subscription by the example for %s, and nothing is asked again',
  async (_name, create) => {
    const { key, tenant } = await program.seed.tenant()
    const { bus } = program.app
    await eventually(() => expect(bus.openTails()).toBe(0))
    const client = create(program.url, { authorization: `Bearer ${key}` })
    const sink = createSink()
    const broken = new Error('the application can not')
    sink.next
      .mockImplementationOnce(() => undefined)
      .mockImplementation(() => {
        throw broken
      })
    const subscribed = vi.spyOn(bus, 'subscribe')
    client.subscribe({ query: Resumed.toString() }, sink)
    await eventually(() => expect(bus.openTails()).toBe(1))
    for (let n = 0; n < 4; n++) await program.seed.incident(tenant)
    await eventually(() => expect(sink.error.mock.calls).toEqual([[broken]]))
    await eventually(() => expect(bus.openTails()).toBe(0))
    expect([sink.next, sink.complete, subscribed].map(({ mock }) => mock.calls.length)).toEqual([2, 0, 1])
    await client.dispose()
  },
)

const modes = [false, true]
test.each(modes)(
  'a wrong address is told by the example for SSE, one connection: %s',
  async (singleConnection) => {
    const { key } = await program.seed.tenant()
    const headers = { authorization: `Bearer ${key}` }
    const client = createResumingSseClient({ url: `${program.url}/graphqll`, headers, singleConnection })
    const sink = createSink()
    client.subscribe({ query: Resumed.toString() }, sink)
    await eventually(() => expect(sink.error).toHaveBeenCalledOnce())
    expect(sink.error.mock.calls[0]![0]).toMatchObject({ response: { status: 404 } })
    client.dispose()
  },
)

test.each(modes)(
  'disposing of the example for SSE ends its pause, one connection: %s',
  async (singleConnection) => {
    const fetchFn = vi.fn<typeof fetch>().mockRejectedValue(new TypeError('nobody there'))
    const client = createResumingSseClient({ url: 'http://127.0.0.1:1', fetchFn, singleConnection })
    const sink = createSink()
    client.subscribe({ query: Resumed.toString() }, sink)
    await eventually(() => expect(fetchFn.mock.calls.length).toBeGreaterThan(1))
    client.dispose()
    await eventually(() => expect(sink.complete).toHaveBeenCalledOnce())
    expect(sink.error).not.toHaveBeenCalled()
  },
)
