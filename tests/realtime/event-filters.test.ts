import { afterAll, beforeAll, expect, test } from 'vitest'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { settled } from '../testkit/waiters.ts'

type Update = { incidentChanged: { kind: string; title: string; severity: string } | null }
type Variables = { filter: object; after: string }
const changes =
  'subscription ($filter: IncidentChangeFilter, $after: String) { incidentChanged(filter: $filter, after: $after) { ... on IncidentChanged { kind title severity } } }' as unknown as TypedDocumentString<
    Update,
    Variables
  >

let program: TestApp
let client: TestClient
let ids: string[]
beforeAll(async () => {
  program = await sharedApp()
  const { tenant, key } = await program.seed.tenant()
  client = createTestClient(program.url, key)
  const permit = trustedPermit<'incident:write'>(tenant, programActor('test'))
  const { service } = program.app.modules.incidents
  ids = []
  for (const [title, severity] of [
    ['one', 'LOW'],
    ['two', 'HIGH'],
    ['three', 'CRITICAL'],
  ] as const) {
    const { id } = await service.open(permit, { title, severity, fingerprint: title })
    await service.addNote(permit, { id, note: 'n' })
    ids.push(id)
  }
  // The end of every filter below: it lets this one through, so that what it keeps out would have come
  // before.
  await service.open(permit, { title: 'end', severity: 'HIGH', fingerprint: 'end' })
})
afterAll(() => program.stop())

/** What a filter lets through of the changes so far, up to the last one. */
const kept = async (filter: object): Promise<string[]> => {
  const live = client.webSocket()
  const values = live.subscribe(changes, { filter, after: '0-0' })
  const seen: string[] = []
  while (seen.at(-1) !== 'end OPENED') {
    const { value } = await settled(values.next(), 10_000, 'a change')
    const { title, kind } = value.data.incidentChanged!
    seen.push(`${title} ${kind}`)
  }
  await values.return?.()
  await live.close()
  return seen.slice(0, -1)
}

test.each<[string, (ids: string[]) => object, string[]]>([
  ['one value', () => ({ kind: { eq: 'OPENED' } }), ['one OPENED', 'two OPENED', 'three OPENED']],
  ['one of several', () => ({ severity: { in: ['HIGH'] } }), ['two OPENED', 'two NOTE_ADDED']],
  [
    'several conditions at once',
    () => ({ severity: { in: ['HIGH', 'LOW'] }, kind: { eq: 'OPENED' } }),
    ['one OPENED', 'two OPENED'],
  ],
  [
    'or, and not',
    ([, , three]) => ({
      or: [{ severity: { eq: 'HIGH' } }, { incident: { eq: globalId('Incident', three!) } }],
      not: { kind: { eq: 'NOTE_ADDED' } },
    }),
    ['two OPENED', 'three OPENED'],
  ],
  [
    'the id of something else, which nothing is',
    ([one]) => ({
      or: [
        { incident: { in: [globalId('Stream', one!)] } },
        { severity: { eq: 'HIGH' }, kind: { eq: 'OPENED' } },
      ],
    }),
    ['two OPENED'],
  ],
])('incidentChanged is filtered by %s', async (_what, filter, expected) => {
  expect(await kept(filter(ids))).toEqual(expected)
})

test('a filter that is too deep is refused when the subscription begins', async () => {
  const live = client.webSocket()
  const deep = [1, 2, 3, 4, 5].reduce<object>((inner) => ({ not: inner }), { kind: { eq: 'OPENED' } })
  const values = live.subscribe(changes, { filter: deep, after: '0-0' })
  const { value } = await settled(values.next(), 10_000, 'an answer')
  expect(value.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }])
  await live.close()
})
