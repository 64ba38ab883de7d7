import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import {
  execute,
  GraphQLError,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  validate,
  type ExecutionArgs,
} from 'graphql'
import { handleProtocols } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { anonymous } from '../../src/auth/viewer.ts'
import { createSharedSubscribe } from '../../src/graphql/plugins/shared-execution.ts'
import { createHeartbeat } from '../../src/server/websocket/heartbeat.ts'
import type { PrepareOperation } from '../../src/server/websocket/operation.ts'
import { Session } from '../../src/server/websocket/session.ts'
import { shakeHands } from '../../src/server/websocket/handshake.ts'
import { LiveSocket } from '../../src/server/websocket/socket.ts'
import { createTurnstile } from '../../src/platform/turnstile.ts'
import { settled } from '../testkit/waiters.ts'
import { silent } from './bus.testkit.ts'

const SOCKETS = 100
const OPERATIONS = 100
const AT_ONCE = 20

/** The same numbers each time, of a linear congruential generator (Numerical Recipes). */
const random = (seed: number) => (below: number) => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

const number = { type: GraphQLInt, args: { to: { type: GraphQLInt } } }
const broken = {
  type: GraphQLInt,
  resolve: () => {
    throw new GraphQLError('broken')
  },
}
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      n: { ...number, resolve: (_root, { to }) => to as number },
      broken,
      text: { type: GraphQLString, resolve: () => 'ü"\\\n\u2028'.repeat(40) },
    },
  }),
  mutation: new GraphQLObjectType({
    name: 'Mutation',
    fields: { n: { type: GraphQLInt, resolve: () => 1 } },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      count: {
        ...number,
        subscribe: async function* (_root, { to }) {
          for (let n = 1; n <= to; n += 1) {
            if (n % 3 === 0) await turn()
            yield { n }
          }
        },
        resolve: (event) => {
          const { n } = event as { n: number }
          if (n % 5 === 0) throw new GraphQLError(`no ${n}`)
          return n
        },
      },
      refused: { type: GraphQLInt, subscribe: () => Promise.reject(new GraphQLError('refused')) },
    },
  }),
})

/** As the library does it, but for the sharing of results. */
const shared = createSharedSubscribe({
  groupKey: ({ document, variableValues }) => JSON.stringify([document.loc?.source.body, variableValues]),
  freshContext: () => ({}),
  finish: (result) => result,
})
const prepare: PrepareOperation = async (_session, { query, operationName = null, variables = null }) => {
  const args: ExecutionArgs = { schema, document: parse(query), operationName, variableValues: variables }
  const errors = validate(schema, args.document)
  if (errors.length > 0) return errors
  return query.startsWith('subscription') ? shared(args) : execute(args)
}

const listening = async () => {
  const http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => void http.close())
  return { http, url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}` }
}
const ours = async (): Promise<string> => {
  const { http, url } = await listening()
  const heartbeat = createHeartbeat(60_000)
  onTestFinished(() => heartbeat.stop())
  const deps = {
    connect: () => Promise.resolve(true),
    prepare,
    rates: { requests: undefined },
    turnstile: createTurnstile(),
    leaving: createTurnstile(),
    isClosing: () => false,
    onClosed: () => {},
    log: silent,
  }
  const origin = { counted: '', address: undefined, userAgent: undefined, credential: undefined }
  http.on('upgrade', (request, wire, head) => {
    const { answer, protocol } = shakeHands(request)
    wire.write(answer)
    const socket = new LiveSocket(wire as Socket, protocol, 1 << 20)
    const session = new Session(socket, origin, deps)
    expect(session.viewer).toBe(anonymous)
    socket.open(session, head)
  })
  return url
}
const theirs = async (): Promise<string> => {
  const { http, url } = await listening()
  useServer({ schema }, new WebSocketServer({ server: http, handleProtocols }))
  return url
}

type Said = {
  readonly id: string
  readonly query: string
  readonly variables?: object
  readonly ends: boolean
}

const questions = [
  'subscription { count(to: 12) }',
  'subscription { count(to: 0) }',
  'subscription { count(to: 40) }',
  'subscription { refused }',
  '{ n(to: 7) }',
  '{ broken text }',
  'mutation { n }',
  '{ nothing }',
  'query A { n } query B { broken }',
]
const script = (seed: number): Said[] => {
  const next = random(seed)
  return Array.from({ length: OPERATIONS }, (_, index) => {
    const varies = next(4) === 0
    return {
      id: `${index} ü"`.slice(0, next(2) ? 10 : 2) + index,
      query: varies ? 'subscription ($to: Int) { count(to: $to) }' : questions[next(questions.length - 1)]!,
      ...(varies && { variables: { to: next(20) } }),
      ends: next(5) === 0,
    }
  })
}

/** Says all of a script over one socket, some of it at once; what came of each operation, as it came. */
const play = async (url: string, said: readonly Said[], seed: number): Promise<Map<string, string[]>> => {
  const socket = new WebSocket(url, 'graphql-transport-ws')
  const heard = new Map<string, string[]>()
  const ready = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const operations = new Map(said.map((each) => [each.id, each]))
  const running = new Set(said.flatMap(({ id, ends }) => (ends ? [] : [id])))
  socket.on('message', (data: Buffer) => {
    const text = data.toString()
    const { id = '', type } = JSON.parse(text) as { id?: string; type: string }
    const own = heard.get(id)
    if (own) own.push(text)
    else heard.set(id, [text])
    if (type === 'connection_ack') ready.resolve()
    if (operations.get(id)?.ends && type === 'next') socket.send(JSON.stringify({ id, type: 'complete' }))
    if ((type === 'complete' || type === 'error') && running.delete(id) && running.size === 0) done.resolve()
  })
  await once(socket, 'open')
  const send = (message: object): void => socket.send(JSON.stringify(message))
  send({ type: 'connection_init' })
  await ready.promise
  const next = random(seed)
  for (const { id, query, variables } of said) {
    send({ id, type: 'subscribe', payload: { query, variables } })
    if (next(10) === 0) send({ type: 'ping' })
    if (next(6) === 0) await turn()
  }
  await settled(done.promise, 60_000, 'the end of each operation')
  send({ id: said[0]!.id, type: 'subscribe', payload: { query: '{ n }' } })
  send({ id: said[0]!.id, type: 'subscribe', payload: { query: 'subscription { count(to: 3) }' } })
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  heard.set('closed', [`${code} ${String(reason)}`])
  return heard
}

test(`${SOCKETS * OPERATIONS} operations over ours and over the library's server: the same frames of each, byte by byte`, async () => {
  const urls = [await ours(), await theirs()]
  let operations = 0
  const compare = async (seed: number): Promise<void> => {
    const said = script(seed)
    const [mine, library] = await Promise.all(urls.map((url) => play(url, said, seed)))
    for (const { id, ends, query } of said.slice(1)) {
      operations += 1
      const [own, other] = [mine!.get(id) ?? [], library!.get(id) ?? []]
      // Where the client ended it, how far it came is a matter of time.
      const most = ends && query.startsWith('subscription') ? Math.min(own.length, other.length) : Infinity
      expect(own.slice(0, most), `${seed} ${id} ${query}`).toEqual(other.slice(0, most))
    }
    for (const id of ['', 'closed']) expect(mine!.get(id), id).toEqual(library!.get(id))
  }
  for (let seed = 0; seed < SOCKETS; seed += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => compare(seed + index)))
  expect(operations).toBe(SOCKETS * (OPERATIONS - 1))
}, 120_000)
