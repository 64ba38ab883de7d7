import { isInterfaceType } from 'graphql'
import type { NetworkError } from 'graphql-sse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { schema } from '../../src/graphql/schema.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { eventually, settled } from '../testkit/waiters.ts'
import { rootFields } from './everything.ts'
import { inhabit, type Inhabitant } from './inhabitant.ts'
import { literalsOf } from './literals.ts'
import { mostOf } from './most.ts'

const CANARY = 'canary-19ce'
const CANARY_VIEWERS = 648_213

const nodeInterface = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeInterface)
  ? schema.getPossibleTypes(nodeInterface).map(({ name }) => name)
  : []
const document = (text: string) => text as unknown as TypedDocumentString<Record<string, never>, object>

let program: TestApp
let a: Inhabitant
let b: Inhabitant

beforeAll(async () => {
  program = await startApp()
  a = await inhabit(program, 'alpha', 11, nodeTypes)
  b = await inhabit(program, CANARY, CANARY_VIEWERS, nodeTypes)
})
afterAll(() => program.stop())

/** Every subscription of two tenants asks for all it can with each event. */
const WAIT_MS = 25_000

const transports = ['WebSocket', 'SSE', 'SSE single connection'] as const
const connect = (tenant: Inhabitant, transport: (typeof transports)[number]) =>
  transport === 'WebSocket'
    ? tenant.client.webSocket()
    : tenant.client.sse(transport === 'SSE single connection')

// Over one SSE stream for all operations a refusal is the HTTP answer to the request that made the operation.
const refused = async (error: unknown) => ({
  value: await (error as NetworkError<Response>).response?.text(),
})

const firstOf = async (values: AsyncIterableIterator<Answer<Record<string, never>>>): Promise<string> => {
  const { value } = await settled(values.next(), 10_000, 'an answer').catch(refused)
  await values.return?.()
  return JSON.stringify(value).replaceAll(/requestId[^,}]*/g, '')
}

test.each(transports)(
  "streamViewers over %s of B's stream is NOT_FOUND, as of one that does not exist",
  async (transport) => {
    const live = connect(a, transport)
    const ask = (id: string) =>
      firstOf(
        live.subscribe(document('subscription ($id: ID!) { streamViewers(id: $id) { viewers } }'), { id }),
      )
    const ofB = await ask(b.ids.Stream![0]!)
    expect(ofB).toContain('NOT_FOUND')
    expect(ofB).toBe(await ask(globalId('Stream', uuidv7())))
    await live.close()
  },
)

/** Keeps what a subscription tells, as text. */
const listen = (values: AsyncIterableIterator<unknown>) => {
  const told: string[] = []
  const ended = (async () => {
    for await (const value of values) told.push(JSON.stringify(value))
  })()
  return { told, stop: async () => (await values.return?.(), await ended) }
}

const subscriptions = rootFields(schema).filter(({ operation }) => operation === 'subscription')

test.each(transports)('over %s no subscription of A tells anything while B is busy', async (transport) => {
  const operations = subscriptions.map(({ field }) => document(mostOf(field, literalsOf(a))))
  const [mine, theirs] = [connect(a, transport), connect(b, transport)]
  const ofA = operations.map((each) => listen(mine.subscribe(each, {})))
  const ofB = subscriptions
    .map(({ field }) => mostOf(field, literalsOf(b)))
    .map((each) => listen(theirs.subscribe(document(each), {})))
  await eventually(() => {
    for (const of of [ofA, ofB])
      for (const [index, { field }] of subscriptions.entries())
        expect(of[index]!.told.length, field.name).toBeGreaterThan(0)
  }, WAIT_MS)

  for (let round = 0; round < 2; round += 1) {
    await b.busy(`${CANARY} again`)
  }
  // A's own news end the wait: whatever of B's were to come by the same road would have come before them.
  const mark = `alpha-${uuidv7()}`
  const viewers = 1_000 + transport.length
  await a.busy(mark, viewers)
  await eventually(() => {
    for (const [index, { field }] of subscriptions.entries()) {
      expect(ofA[index]!.told.join(''), field.name).toMatch(new RegExp(`${mark}|"${viewers}"`))
      expect(ofB[index]!.told.join(''), field.name).toMatch(new RegExp(`${CANARY}|"${CANARY_VIEWERS}"`))
    }
  }, WAIT_MS)
  for (const { told, stop } of ofA) {
    expect(told.join('')).not.toContain(CANARY)
    expect(told.join('')).not.toContain(String(CANARY_VIEWERS))
    expect(told.join('')).not.toContain('"errors"')
    await stop()
  }
  for (const { stop } of ofB) await stop()
  await mine.close()
  await theirs.close()
})

test("B's cursors as `after` open nothing of B to A", async () => {
  const query =
    'subscription ($after: String) { incidentChanged(after: $after) { __typename ... on IncidentChanged { cursor title note actor } } }'
  type Update = { incidentChanged: { cursor: string } }
  const [mine, theirs] = [a.client.webSocket(), b.client.webSocket()]
  const ofB = theirs.subscribe(document(query), { after: '0-0' })
  const cursors: string[] = []
  for (let index = 0; index < 4; index += 1) {
    const { value } = (await settled(ofB.next(), 10_000, "B's event")) as { value: Answer<Update> }
    cursors.push(value.data!.incidentChanged.cursor)
  }
  const listeners = cursors.map((after) => listen(mine.subscribe(document(query), { after })))
  const word = `alpha-${uuidv7()}`
  await eventually(async () => {
    await program.app.modules.incidents.service.open(trustedPermit(a.tenant, programActor('alpha')), {
      title: word,
      severity: 'LOW',
      fingerprint: word,
    })
    for (const { told } of listeners) expect(told.join('')).toContain(word)
  })
  for (const { told, stop } of listeners) {
    expect(told.join('')).not.toContain(CANARY)
    await stop()
  }
  await ofB.return?.()
  await mine.close()
  await theirs.close()
})

test("a tenant or a second credential in connectionParams has no say beside A's key", async () => {
  const live = createTestClient(program.url).webSocket({
    authorization: `Bearer ${a.key}`,
    'x-api-key': b.key,
    apiKey: b.key,
    tenant: b.tenant,
    tenantId: b.tenant,
    'x-tenant-id': b.tenant,
    'app.tenant_id': b.tenant,
    viewer: { kind: 'apiKey', tenant: b.tenant },
  })
  const told = await firstOf(live.subscribe(document('{ tenant { id } }'), {}))
  expect(told).toContain(a.ids.Tenant![0])
  await live.close()
})

const headersOf = (key: string | undefined, more = {}) => ({
  ...(key !== undefined && { authorization: `Bearer ${key}` }),
  ...more,
})

test('a stream of the SSE single connection carries operations of the credential that reserved it, and no others', async () => {
  const address = `${program.url}/graphql/stream`
  for (const [reservedBy, other] of [
    [b.key, a.key],
    [a.key, undefined],
  ]) {
    const reserved = await fetch(address, { method: 'PUT', headers: headersOf(reservedBy) })
    const token = await reserved.text()
    expect(reserved.status).toBe(201)
    const bearing = { 'x-graphql-event-stream-token': token }
    const operation = await fetch(address, {
      method: 'POST',
      headers: headersOf(other, { ...bearing, 'content-type': 'application/json' }),
      body: JSON.stringify({
        query: 'subscription { tenantViewers { viewers } }',
        extensions: { operationId: '1' },
      }),
    })
    const opened = await fetch(address, {
      headers: headersOf(other, { ...bearing, accept: 'text/event-stream' }),
    })
    const removed = await fetch(`${address}?operationId=1`, {
      method: 'DELETE',
      headers: headersOf(other, bearing),
    })
    expect([operation.status, opened.status, removed.status]).toEqual([404, 404, 404])
    for (const response of [operation, opened, removed]) await response.body?.cancel()
  }
})
