import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { connect } from 'node:net'
import { queryObjects } from 'node:v8'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TenantId } from '../../src/platform/ids.ts'
import type { RedisStore } from '../../src/platform/redis/client.ts'
import { LiveSocket } from '../../src/server/websocket/socket.ts'
import { openRedis } from '../integration/ingest.testkit.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { openListeners } from '../testkit/listeners.ts'
import { openAcknowledged } from '../testkit/raw-socket.ts'
import { eventually } from '../testkit/waiters.ts'

let program: TestApp
let key: string
let tenant: TenantId
let redis: RedisStore
beforeAll(async () => {
  program = await startApp()
  ;({ key, tenant } = await program.seed.tenant())
  redis = await openRedis()
})
afterAll(async () => {
  await redis.close()
  await program.stop()
})

const LIVE = [
  'subscription { incidentChanged { __typename } }',
  'subscription { tenantViewers { viewers } }',
  'subscription { nothing }',
]
/** A few for a run of the tests; LEAVERS=20000 for the question of a day. */
const LEAVERS = Number(process.env.LEAVERS ?? 100)
const AT_ONCE = 20
/** Events that are told after that to subscribers over each transport; ROUNDS=100 for the question of a day. */
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const LISTENERS = 10

/** Speaks a request over a plain connection and is gone some turns of the event loop later. */
const askAndLeave = (head: string, body: string, turns: number): Promise<void> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(program.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined) // cut by the other side
    socket.once('close', () => resolve())
    const lines = [
      head,
      `host: ${hostname}:${port}`,
      `authorization: Bearer ${key}`,
      'accept: text/event-stream',
      'content-type: application/json',
      `content-length: ${body.length}`,
    ]
    const leave = (left: number): void => {
      if (left === 0) socket.destroy()
      else setImmediate(leave, left - 1)
    }
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, () => leave(turns))
  })

const overSse = (path: string) => (index: number) =>
  askAndLeave(`POST ${path} HTTP/1.1`, JSON.stringify({ query: LIVE[index % LIVE.length] }), index % 12)

const overOneStream = async (index: number): Promise<void> => {
  const reserved = await fetch(`${program.url}/graphql/stream`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}` },
  })
  // A token is for one stream, also when nobody heard its first byte.
  await askAndLeave(`GET /graphql/stream?token=${await reserved.text()} HTTP/1.1`, '', 4 + (index % 8))
}

const overWebSocket = async (index: number): Promise<void> => {
  const raw = await openAcknowledged(program.url, key, { leaves: true })
  for (const [id, query] of LIVE.entries()) raw.subscribe(String(id), query)
  for (let turn = 0; turn < index % 12; turn++) await new Promise(setImmediate)
  raw.cut()
}

/** Without an answer to its connection_init. */
const beforeAcknowledged = (index: number): Promise<void> => {
  const init = Buffer.from(
    JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }),
  )
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | init.length, 0, 0, 0, 0]), init])
  expect(init.length).toBeLessThan(126)
  const upgrade =
    'GET /graphql HTTP/1.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-transport-ws\r\nhost: a\r\n\r\n'
  return new Promise((resolve) => {
    const { hostname, port } = new URL(program.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined) // cut by the other side
    socket.once('close', () => resolve())
    const leave = (left: number): void => {
      if (left === 0) socket.destroy()
      else setImmediate(leave, left - 1)
    }
    socket.write(upgrade)
    socket.once('data', () => socket.write(frame, () => leave(index % 4)))
  })
}

const many = async (work: (index: number) => Promise<void>, count: number): Promise<void> => {
  const indexes = Array(count).keys()
  const worker = async (): Promise<void> => {
    for (const index of indexes) await work(index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

let told = 0
/** Each of those who stay gets every event once, in order. */
const fanOut = async (rounds: number): Promise<void> => {
  const { heard, close } = openListeners(program.url, key, LISTENERS)
  await eventually(() => expect(heard).toEqual(heard.map(() => ['STARTED'])))
  const numbers = Array.from({ length: rounds }, (_, round) => told + round + 1)
  for (const number of numbers) {
    const incident = await program.seed.incident(tenant)
    expect(incident.number).toBe(number)
  }
  told += rounds
  await eventually(() => expect(heard).toEqual(heard.map(() => ['STARTED', ...numbers])))
  await close()
}
/** Objects that were made here; those that are gone are left out when they are counted. */
const made = { responses: new Set<WeakRef<object>>(), webSockets: new Set<WeakRef<object>>() }
const note = (message: unknown): void =>
  void made.responses.add(new WeakRef((message as { response: object }).response))
subscribe('http.server.request.start', note)
// By hand: a spy would keep each that it has seen.
const { open: opening } = LiveSocket.prototype
LiveSocket.prototype.open = function (...given) {
  made.webSockets.add(new WeakRef(this))
  opening.apply(this, given)
}
afterAll(() => {
  unsubscribe('http.server.request.start', note)
  LiveSocket.prototype.open = opening
})
const left = (refs: Set<WeakRef<object>>): number => {
  for (const ref of refs) if (!ref.deref()) refs.delete(ref)
  return refs.size
}

const open = async () => ({
  timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
  channels: (await redis.commands.pubsub('CHANNELS', `*${tenant}*`)).length,
  listeners: program.app.bus.openTails(),
})
/** What is there once all garbage was collected, which counting objects does; that takes a second or more. */
const held = () => {
  const aborts = queryObjects(AbortController, { format: 'count' })
  return {
    aborts,
    responses: left(made.responses),
    webSockets: left(made.webSockets),
    heapKb: Math.round(process.memoryUsage().heapUsed / 1024),
  }
}

const ways = [
  overSse('/graphql'),
  overSse('/graphql/stream'),
  overOneStream,
  overWebSocket,
  beforeAcknowledged,
]

const all = async (count: number): Promise<void> => {
  for (const leave of ways) await many(leave, count)
  await eventually(() => {
    const { bus, modules } = program.app
    expect([bus.openTails(), modules.viewers.live.open()]).toEqual([0, 0])
  })
}

/** What the process itself learns meanwhile; a leaver that left 1 KB would be as much with LEAVERS=2000. */
const MORE_KB = 10_000

test('whoever leaves before the first byte leaves nothing, over every transport, and who stays gets all', async () => {
  await all(AT_ONCE) // what is made once
  await fanOut(1)
  const before = { ...(await open()), ...held() }
  await all(LEAVERS)
  for (const refs of Object.values(made)) expect(refs.size).toBeGreaterThanOrEqual(LEAVERS)
  await fanOut(ROUNDS)
  await eventually(
    async () => {
      const check = (now: Partial<typeof before>): void => {
        for (const [what, count] of Object.entries(now))
          expect(count, what).toBeLessThan(
            before[what as keyof typeof before] + (what === 'heapKb' ? MORE_KB : LEAVERS / 10),
          )
      }
      const nowOpen = await open()
      check(nowOpen)
      expect([nowOpen.channels, nowOpen.listeners]).toEqual([0, 0])
      const nowHeld = held()
      check(nowHeld)
      if (process.env.LEAVERS) console.info({ before, now: { ...nowOpen, ...nowHeld } })
    },
    60_000,
    1_000,
  )
}, 1_200_000)
