import { expect, test } from 'vitest'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { eventually } from '../testkit/waiters.ts'
import { Change, IncidentChanges, Open, StreamViewers } from './operations.ts'
import { createPrograms } from './program.ts'
import { makeClient } from './tenant.ts'

const programs = createPrograms()
const SUBSCRIBERS = 50
const INCIDENTS = 40
const DELIVERED_MS = 15_000

type Change = { cursor: string; number: number; version: number; kind: string }

/** A subscriber with a connection of its own; what it has heard grows. */
const hearIncidents = (client: TestClient, after?: string) => {
  const socket = client.webSocket()
  const heard: Change[] = []
  const failed: unknown[] = []
  const read = async (): Promise<void> => {
    for await (const { data, errors } of socket.subscribe(IncidentChanges, after ? { after } : {})) {
      const change = data?.incidentChanged
      if (change?.__typename === 'IncidentChanged') heard.push(change)
      else failed.push(errors ?? change)
    }
  }
  const ended = read().catch((error: unknown) => failed.push(error))
  return {
    heard,
    failed,
    leave: async () => {
      await socket.close()
      await ended
    },
  }
}

const hearViewers = (client: TestClient, streamId: string, over: 'WebSocket' | 'SSE') => {
  const connection = over === 'SSE' ? client.sse() : client.webSocket()
  const heard: (number | undefined)[] = []
  const read = async (): Promise<void> => {
    for await (const { data } of connection.subscribe(StreamViewers, { id: streamId }))
      heard.push(Number(data?.streamViewers?.viewers))
  }
  const ended = read().catch(() => heard.push(undefined)) // a subscription that fails has no number, which a test sees
  return {
    heard,
    leave: async () => {
      await connection.close()
      await ended
    },
  }
}

const open = async (client: TestClient, title: string): Promise<string> => {
  const { openIncident } = await client.ask(Open, { title })
  if (openIncident?.__typename !== 'OpenIncidentPayload')
    throw new Error(`not opened: ${JSON.stringify(openIncident)}`)
  return openIncident.incident.id
}

/**
 * Opens an incident and moves it, partly with two changes at once that compete; answers how many events that
 * makes.
 */
const live = async (client: TestClient, index: number): Promise<number> => {
  const id = await open(client, `Incident ${index}`)
  const change = async (status: 'INVESTIGATING' | 'RESOLVED' | 'CLOSED'): Promise<number> =>
    (await client.ask(Change, { id, status })).changeIncidentStatus?.__typename ===
    'ChangeIncidentStatusPayload'
      ? 1
      : 0
  let events = 1
  if (index % 4 >= 1) {
    const both = await Promise.all([change('INVESTIGATING'), change('RESOLVED')])
    events += both[0] + both[1]
  }
  if (index % 4 >= 2) events += await change('RESOLVED')
  if (index % 4 >= 3) events += await change('CLOSED')
  return events
}

const wave = async (client: TestClient, from: number, to: number): Promise<number> => {
  const made = await Promise.all(Array.from({ length: to - from }, (_, index) => live(client, from + index)))
  return made.reduce((sum, events) => sum + events, 0)
}

const cursorsOf = (changes: readonly Change[]): string[] => changes.map(({ cursor }) => cursor)

test('what is done at one process reaches 50 subscribers of another one: each event once, in one order; each number the same', async () => {
  const shared = { HELIOGRAPH_SECRET: 'a secret that both programs have' }
  const a = await programs.start({ env: shared })
  const { postgresUrl, clickhouseUrl, redisUrl } = a.stack()
  const b = await programs.start({
    env: {
      ...shared,
      DATABASE_URL: postgresUrl,
      CLICKHOUSE_URL: clickhouseUrl,
      REDIS_URL: redisUrl,
      HELIOGRAPH_ROLES: 'server',
    },
  })
  const { key, client: atA, stream } = await makeClient(a.url, postgresUrl)
  const atB = createTestClient(b.url, key)

  // Without a cursor a subscription begins at some moment; the first one shows when, and from there nobody
  // misses anything.
  const first = hearIncidents(atB)
  await eventually(async () => {
    await open(atA, 'Does anybody hear?')
    expect(first.heard.length).toBeGreaterThan(0)
  })
  const after = first.heard[0]!.cursor
  const subscribers = Array.from({ length: SUBSCRIBERS }, () => hearIncidents(atB, after))
  const viewers = Array.from({ length: SUBSCRIBERS }, (_, index) =>
    hearViewers(atB, stream.id, index % 2 === 0 ? 'WebSocket' : 'SSE'),
  )
  await eventually(() => expect(viewers.every(({ heard }) => heard.at(-1) === 0)).toBe(true), DELIVERED_MS)

  await open(atA, 'All are live')
  const beforeWaves = first.heard.length
  await eventually(() => {
    expect(first.heard.length).toBeGreaterThan(beforeWaves)
    for (const { heard } of subscribers) expect(heard.at(-1)?.cursor).toBe(first.heard.at(-1)!.cursor)
  }, DELIVERED_MS)
  const start = first.heard.length

  // Some leave in the middle and come back with the cursor of the last event that they saw.
  const firstWave = await wave(atA, 0, INCIDENTS / 2)
  await eventually(() => expect(first.heard.length).toBe(start + firstWave), DELIVERED_MS)
  const leaving = subscribers.slice(0, 5)
  await eventually(() => {
    for (const { heard } of leaving) expect(heard.length).toBe(first.heard.length - 1)
  }, DELIVERED_MS)
  await Promise.all(leaving.map(({ leave }) => leave()))
  const posted = performance.now()
  const secondWave = await wave(atA, INCIDENTS / 2, INCIDENTS)
  const back = leaving.map(({ heard }) => hearIncidents(atB, heard.at(-1)!.cursor))
  await eventually(() => expect(first.heard.length).toBe(start + firstWave + secondWave), DELIVERED_MS)

  // The last event of all: when it is there, nothing before it is still on its way.
  await open(atA, 'The last')
  const staying = [...subscribers.slice(5), ...back]
  await eventually(() => {
    expect(first.heard.length).toBe(start + firstWave + secondWave + 1)
    for (const { heard } of staying) expect(heard.at(-1)?.cursor).toBe(first.heard.at(-1)!.cursor)
  }, DELIVERED_MS)
  console.log(
    `${firstWave + secondWave} events, the second ${secondWave} at all subscribers ${Math.round(performance.now() - posted)} ms after the first request`,
  )

  const all = cursorsOf(first.heard)
  expect(new Set(all).size).toBe(all.length)
  for (const { heard } of subscribers.slice(5)) expect(cursorsOf(heard)).toEqual(all.slice(1))
  for (const [index, { heard }] of back.entries())
    expect(cursorsOf([...leaving[index]!.heard, ...heard])).toEqual(all.slice(1))
  expect([first, ...subscribers, ...back].flatMap(({ failed }) => failed)).toEqual([])
  const versions = Map.groupBy(first.heard, ({ number }) => number)
  expect(versions.size).toBeGreaterThanOrEqual(INCIDENTS)
  for (const changes of versions.values())
    expect(changes.map(({ version }) => version)).toEqual(changes.map((_, index) => index + 1))

  for (const count of [1_234, 56]) {
    const sample = {
      time: new Date().toISOString(),
      internal_name: stream.internalName,
      viewer_count: count,
      node_id: 'node-1',
    }
    expect((await atA.ingest('viewer_samples', [sample])).status).toBe(202)
    await eventually(
      () => expect(viewers.map(({ heard }) => heard.at(-1))).toEqual(viewers.map(() => count)),
      DELIVERED_MS,
    )
  }
  for (const { heard } of viewers) expect(heard).toEqual([0, 1_234, 56])
  await Promise.all([first, ...staying, ...viewers].map(({ leave }) => leave()))

  b.kill('SIGTERM')
  expect((await b.ended).code).toBe(0)
  expect((await fetch(`${a.url}/health/ready`)).status).toBe(200) // a process that goes takes nothing with it
})
