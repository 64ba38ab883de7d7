import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  GraphQLError,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  parse,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql'
import { MessageType, stringifyMessage } from 'graphql-ws'
import { createSchema, createYoga, type Plugin } from 'graphql-yoga'
import { expect, test } from 'vitest'
import { createLatest, type Latest } from '../../platform/iterate/latest.ts'
import { createSharedSubscribe, type SharedSubscribeOptions } from './shared-execution.ts'
import { createTextFrames, resultText } from './shared-execution.text.ts'

type Event = { readonly n: number }
type Context = { readonly scope: string; readonly id: number }

const setup = (options: Partial<SharedSubscribeOptions> = {}) => {
  const events: Latest<Event> = createLatest()
  const controller = new AbortController()
  const contexts: number[] = []
  let resolved = 0
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { n: { type: GraphQLInt } } }),
    subscription: new GraphQLObjectType<unknown, Context>({
      name: 'Subscription',
      fields: {
        n: {
          type: GraphQLInt,
          args: { plus: { type: GraphQLInt } },
          subscribe: (_root, _args, { scope }) => {
            if (scope === 'none') throw new GraphQLError('not allowed')
            return events.watch({ signal: controller.signal })
          },
          resolve: (event: unknown, args: { plus?: number }, { id }) => {
            resolved++
            contexts.push(id)
            const { n } = event as Event
            if (n < 0) throw new GraphQLError('negative')
            return n + (args.plus ?? 0)
          },
        },
      },
    }),
  })
  let made = 0
  const subscribe = createSharedSubscribe({
    groupKey: (args) =>
      JSON.stringify([
        args.document.loc?.source.body,
        args.variableValues,
        (args.contextValue as Context).scope,
      ]),
    freshContext: (args) => ({ ...(args.contextValue as Context), id: ++made }),
    ...options,
  })
  const document = parse('subscription S($plus: Int) { n(plus: $plus) }')
  const open = async (scope = 'a', plus?: number) => {
    const args: ExecutionArgs = { schema, document, contextValue: { scope, id: 0 }, variableValues: { plus } }
    const stream = await subscribe(args)
    if (!(Symbol.asyncIterator in stream)) throw new Error(stream.errors?.[0]?.message)
    return stream
  }
  return { events, open, contexts, resolved: () => resolved, signal: controller.signal }
}
// The garbage collector, without a flag for every test run.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const nextOf = async (stream: AsyncIterator<ExecutionResult>): Promise<ExecutionResult> =>
  (await stream.next()).value as ExecutionResult

test('100 subscribers of one operation: one execution, one text and one fresh context an event', async () => {
  const { events, open, contexts, resolved } = setup()
  const streams = await Promise.all(Array.from({ length: 100 }, () => open()))
  for (const n of [1, 2]) {
    const waiting = Promise.all(streams.map(nextOf))
    events.set({ n })
    const results = await waiting
    expect(new Set(results).size).toBe(1)
    expect(resultText(results[0]!)).toBe(`{"data":{"n":${n}}}`)
    expect(resultText(results[0]!)).toBe(resultText(results[99]!))
  }
  expect(resolved()).toBe(2)
  expect(contexts).toEqual([1, 2])
})

test('other variables or another permission scope never share a result', async () => {
  const { events, open, resolved } = setup()
  const streams = await Promise.all([open('a'), open('a', 1), open('b'), open('b', 1), open('a', 1)])
  const waiting = Promise.all(streams.map(nextOf))
  events.set({ n: 1 })
  const results = await waiting
  expect(results.map((result) => result.data!.n)).toEqual([1, 2, 1, 2, 2])
  expect(new Set(results).size).toBe(4)
  expect(resolved()).toBe(4)
})

test('without a group key, or with an event that is no object, nothing is shared', async () => {
  const { events, open, resolved } = setup({ groupKey: () => undefined })
  const streams = await Promise.all([open(), open()])
  const waiting = Promise.all(streams.map(nextOf))
  events.set({ n: 1 })
  expect((await waiting).map((result) => result.data)).toEqual([{ n: 1 }, { n: 1 }])
  expect(resolved()).toBe(2)
})

test('an execution error reaches all, masked once, and the stream goes on', async () => {
  let masked = 0
  const { events, open } = setup({
    finish: (result) => {
      if (!result.errors) return result
      masked++
      return { ...result, errors: [new GraphQLError('masked')] }
    },
  })
  const streams = await Promise.all([open(), open()])
  const waiting = Promise.all(streams.map(nextOf))
  events.set({ n: -1 })
  for (const result of await waiting)
    expect(resultText(result)).toBe('{"errors":[{"message":"masked"}],"data":{"n":null}}')
  expect(masked).toBe(1)
  const after = Promise.all(streams.map(nextOf))
  events.set({ n: 3 })
  expect((await after)[1]!.data).toEqual({ n: 3 })

  const bare = setup()
  const stream = await bare.open()
  bare.events.set({ n: -1 })
  expect(resultText(await nextOf(stream))).toBeUndefined()
})

test('a context that can not be made, and a subscription that is refused, are told', async () => {
  const { events, open } = setup({ freshContext: () => Promise.reject(new Error('no context')) })
  await expect(open('none')).rejects.toThrow('not allowed')
  const stream = await open()
  events.set({ n: 1 })
  await expect(nextOf(stream)).rejects.toThrow('no context')
  expect((await stream.next()).done).toBe(true)
})

test('a closed subscriber closes its source, also while it waits', async () => {
  const { open, signal } = setup()
  const stream = await open()
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  const waiting = stream.next()
  await stream.return!()
  expect((await waiting).done).toBe(true)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('results are released: of 10,000 events that are all still held, only the newest keep theirs', async () => {
  const held: Event[] = []
  const results: WeakRef<ExecutionResult>[] = []
  const { events, open } = setup({ keep: 100 })
  const stream = await open()
  for (let n = 0; n < 10_000; n++) {
    const event = { n }
    held.push(event)
    const waiting = nextOf(stream)
    events.set(event)
    results.push(new WeakRef(await waiting))
    if (n % 1_000 === 0) await new Promise(setImmediate) // a WeakRef holds its target until the job ends
  }
  await new Promise(setImmediate)
  collect()
  expect(held).toHaveLength(10_000)
  expect(results.filter((result) => result.deref()).length).toBeLessThan(500)
})

test('a result without text goes out as graphql-ws makes it', () => {
  const frames = createTextFrames()
  const send = (id: string, result: ExecutionResult): string => {
    const payload = (frames.onNext(result) ?? result) as never
    return frames.fill(stringifyMessage({ id, type: MessageType.Next, payload }))
  }
  expect(send('x', { data: { plain: 1 } })).toBe('{"id":"x","type":"next","payload":{"data":{"plain":1}}}')
})

test('graphql-ws and Yoga (SSE) send the same text that was made once', async () => {
  const { events, open, resolved } = setup()
  const [one, two] = [await open(), await open()]
  const waiting = Promise.all([nextOf(one), nextOf(two)])
  events.set({ n: 5 })
  const [first, second] = await waiting
  const frames = createTextFrames()
  const stand = [frames.onNext(first), frames.onNext(second)]
  const sent = stand.map((payload, index) =>
    frames.fill(stringifyMessage({ id: `op"${index}`, type: MessageType.Next, payload: payload as never })),
  )
  expect(sent.map((frame) => JSON.parse(frame) as unknown)).toEqual(
    [0, 1].map((index) => ({ id: `op"${index}`, type: 'next', payload: { data: { n: 5 } } })),
  )

  // Yoga's own schema: only how it sends a shared result is looked at.
  const plugin: Plugin = { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(() => open()) }
  const yoga = createYoga({
    schema: createSchema({ typeDefs: 'type Query { n: Int } type Subscription { n: Int }' }),
    logging: false,
    plugins: [plugin],
  })
  const response = await yoga.fetch('http://yoga/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { n }' }),
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('data: {')) text += (await reader.read()).value
  expect(text).toContain('data: {"data":{"n":5}}\n')
  await reader.cancel()
  expect(resolved()).toBe(1)
})
