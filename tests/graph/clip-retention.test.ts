import { afterAll, beforeAll, expect, test } from 'vitest'
import { tasksOf } from '../../src/modules/modules.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { eventually, settled } from '../testkit/waiters.ts'

/** The program's clock: a test moves it, and the task that looks every five seconds follows. */
let aheadMs = 0
const clock = { now: () => Date.now() + aheadMs }
const HOUR = 3_600_000
let program: TestApp
beforeAll(async () => void (program = await startApp({ clock })))
afterAll(() => program.stop())

const changes = `subscription {
  clipChanged(withStart: true) {
    ... on ClipChanged { kind actor before status }
    ... on Resync { reason }
  }
}` as unknown as TypedDocumentString<{ clipChanged: Record<string, string> }, object>

const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const streamId = (await program.seed.stream(tenant)).globalId
  const startsAt = new Date(clock.now() - 60_000).toISOString()
  const cut = async (title: string, keptMs: number | null): Promise<string> => {
    const retentionUntil = keptMs === null ? null : new Date(clock.now() + keptMs).toISOString()
    const input = { streamId, title, startsAt, durationMs: '1000', retentionUntil }
    return ((await mutate(client, 'createClip', input)) as unknown as { clip: { id: string } }).clip.id
  }
  return { client, cut }
}
const titlesOf = async (client: TestClient): Promise<string[]> => {
  const query = '{ clips(first: 100) { nodes { title } } }'
  const { data } = await client.request<{ clips: { nodes: { title: string }[] } }, object>(query, {})
  return data!.clips.nodes.map(({ title }) => title).toSorted()
}
type Entry = { action: string; resourceId: string; actor: { name: string } }
type Log = { totalCount: number; nodes: Entry[] }
const removals = async (client: TestClient): Promise<Log> => {
  const query = `{ auditLog(first: 100, filter: { action: { eq: "deleteClip" } }) {
    totalCount nodes { action resourceId actor { name } } } }`
  const { data, errors } = await client.request<{ auditLog: Log }, object>(query, {})
  expect(errors).toBeUndefined()
  return data!.auditLog
}

const follow = (client: TestClient) => {
  const values = client.webSocket().subscribe(changes, {})
  return async () => (await settled(values.next(), 15_000, 'a change')).value!.data!.clipChanged
}
const written = (id: string) => ({
  totalCount: 1,
  nodes: [{ action: 'deleteClip', resourceId: id, actor: { name: 'clip-retention' } }],
})
/** What a program does by the clock, once. */
const turn = () => Promise.all(tasksOf(program.app.modules, clock).map((task) => task.run()))

test('a clip is removed when its time is over, told and written down once, and no other is', async () => {
  const [one, other] = [await open(), await open()]
  const due = await one.cut('due', HOUR)
  await one.cut('kept for ever', null)
  await one.cut('kept longer', 3 * HOUR)
  const given = await one.cut('given more time', HOUR)
  await other.cut('of another', 3 * HOUR)
  const theirs = await other.cut('due there', HOUR)
  const [next, nextThere] = [follow(one.client), follow(other.client)]
  for (const each of [next, nextThere]) expect(await each()).toMatchObject({ reason: 'STARTED' })
  await mutate(one.client, 'updateClip', {
    id: given,
    retentionUntil: new Date(clock.now() + 2 * HOUR).toISOString(),
  })
  expect(await next()).toMatchObject({ kind: 'UPDATED' })

  aheadMs += HOUR + 1_000
  const told = { kind: 'DELETED', actor: 'clip-retention', before: 'REQUESTED', status: 'REQUESTED' }
  expect(await next()).toMatchObject(told)
  expect(await nextThere()).toMatchObject(told)
  expect(await titlesOf(one.client)).toEqual(['given more time', 'kept for ever', 'kept longer'])
  expect(await titlesOf(other.client)).toEqual(['of another'])
  expect(await removals(one.client)).toEqual(written(due))
  expect(await removals(other.client)).toEqual(written(theirs))

  aheadMs += 5 * HOUR
  await turn()
  for (const each of ['given more time', 'kept longer']) expect(await next(), each).toMatchObject(told)
  expect(await titlesOf(one.client)).toEqual(['kept for ever'])
})

test('many programs at once remove each clip once, a hundred of a tenant a turn', async () => {
  const { client, cut } = await open()
  await cut('stays', null)
  for (let n = 0; n < 12; n++) await Promise.all(Array.from({ length: 10 }, () => cut('due', HOUR)))
  aheadMs += HOUR + 1_000
  await Promise.all([turn(), turn(), turn(), turn()])
  await turn()
  await eventually(async () => expect(await titlesOf(client)).toEqual(['stays']))
  const { nodes, totalCount } = await removals(client)
  expect(totalCount).toBe(120)
  expect(new Set(nodes.map(({ resourceId }) => resourceId)).size).toBe(100)
})
