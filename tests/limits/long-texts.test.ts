import { getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_ANSWER_BYTES, sizeOf } from '../../src/graphql/limits/answer-size.ts'
import { actualCostOf, MAX_COST, SHORT, type FieldCost } from '../../src/graphql/limits/cost.ts'
import { schema } from '../../src/graphql/schema.ts'
import { datasets } from '../../src/modules/datasets.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { planned, priceOf } from './price.ts'

const leaves = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ place: `${type.name}.${field.name}`, field })),
  )
const declared = new Map(
  leaves.map(({ place, field }) => [place, (field.extensions.cost as FieldCost | undefined)?.characters]),
)

/** What answers with each long text of a dataset. */
const places: Readonly<Record<string, readonly string[]>> = {
  'log_events.message': ['LogEvent.message'],
  'node_samples.metadata': ['NodeSample.metadata'],
  'platform_events.body': ['PlatformEvent.body'],
  'platform_events.message': ['PlatformEvent.message'],
  'product_events.properties': ['ProductEvent.properties', 'ProductEventGroup.value'],
  'routing_events.node_scores': [], // a list of objects
  'routing_events.routing_metadata': ['RoutingEvent.metadata'],
  'stream_events.event_data': ['StreamEvent.data'],
  'stream_health_samples.issues': ['StreamHealthSample.issues', 'StreamState.issues'],
  'stream_health_samples.track_metadata': ['StreamHealthSample.trackMetadata'],
  'track_list_events.track_list': ['TrackList.tracks', 'StreamState.tracks'],
}
/** Those of Postgres: each has the constant of its rule. */
const ofRows = [
  'AlertRule.definition',
  'AuditEntry.after',
  'AuditEntry.before',
  'Incident.description',
  'IncidentChanged.note',
  'IncidentEvent.note',
  'Notification.text',
  'NotificationChannel.bodyTemplate',
  'NotificationPreview.text',
  'Stream.description',
]

test('every long text of a dataset, every JSON value and every long text of a row says how long it may be', () => {
  const long = datasets.flatMap(({ name, fields }) =>
    fields
      .filter(({ characters = 0 }) => characters > SHORT)
      .map((each) => ({ ...each, of: `${name}.${each.name}` })),
  )
  expect(long.map(({ of }) => of).toSorted()).toEqual(Object.keys(places))
  for (const { of, characters } of long)
    for (const place of places[of]!) expect([place, declared.get(place)]).toEqual([place, characters])
  for (const place of ofRows) expect(declared.get(place), place).toBeGreaterThan(SHORT)
  for (const { place, field } of leaves)
    if (getNamedType(field.type).name === 'JSON') expect(declared.get(place), place).toBeDefined()
})

const messages = (count: number) =>
  Array.from({ length: count }, (_, index) => `a${index}: message`).join(' ')
const nodes = (message: string) => ({ logs: { nodes: Array.from({ length: 100 }, () => ({ message })) } })
const lines = (first: number, fields: string) => `{ logs(first: ${first}) { nodes { ${fields} } } }`

test('a long text costs by its characters, each name of it again, and what was not as long is given back', () => {
  // The question, and for a line with up to 32,768 characters four times as much as without.
  expect(priceOf(schema, lines(100, 'message'))).toBe(10 + 100 + 300)
  expect(priceOf(schema, lines(100, 'message service host traceId time'))).toBe(10 + 400)
  expect(priceOf(schema, lines(100, messages(10)))).toBe(10 + 100 * (10 + 39))
  expect(priceOf(schema, lines(100, messages(48)))).toBeGreaterThan(MAX_COST)
  const twice = `${lines(100, '...A ...B')} fragment A on LogEvent { message } fragment B on LogEvent { message }`
  expect(priceOf(schema, twice)).toBe(10 + 400)
  const plan = planned(schema, lines(100, 'message'))
  expect(actualCostOf(plan, nodes('short'))).toBe(10 + 100)
  expect(actualCostOf(plan, nodes('x'.repeat(32_768)))).toBe(10 + 400)
})

test('the size of a value is that of its text, nearly, and counting it ends', () => {
  const value = { a: 'x'.repeat(1_000), b: [1, 2, { c: null }], d: 'é'.repeat(1_000) }
  const bytes = Buffer.byteLength(JSON.stringify(value))
  expect(Math.abs(sizeOf(value, 1e6) - bytes)).toBeLessThan(20)
  const many = Array.from({ length: 1_000_000 }, () => 'x'.repeat(50))
  expect(sizeOf(many, 1_000)).toBeLessThan(1_100)
})

let program: TestApp
let client: TestClient
const TOTAL = 30
beforeAll(async () => {
  program = await sharedApp()
  client = createTestClient(program.url, (await program.seed.tenant()).key)
  const time = Date.now() - 60_000
  const sent = Array.from({ length: TOTAL }, (_, n) => ({ time: time + n, message: 'x'.repeat(32_768) }))
  expect((await client.ingest('log_events', sent)).body).toMatchObject({ accepted: TOTAL })
  await program.app.ingest.flushed()
})
afterAll(() => program.stop())

test('an answer has no more bytes than one may have, and its refusal says what to do', async () => {
  const allowed = await client.request(lines(TOTAL, messages(8)))
  expect(allowed.errors).toBeUndefined()
  expect(JSON.stringify(allowed.data).length).toBeGreaterThan(MAX_ANSWER_BYTES * 0.9)
  const { data, errors, status } = await client.request(lines(TOTAL, messages(9)))
  expect([data, status]).toEqual([undefined, 422])
  expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }])
  expect(errors![0]!.message).toContain('smaller pages')
})
