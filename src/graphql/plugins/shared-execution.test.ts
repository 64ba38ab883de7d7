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
import { createSchema, createYoga, type Plugin } from 'graphql-yoga'
import { expect, onTestFinished, test, vi } from 'vitest'
import { feedOf, filter } from '../../platform/iterate/feed.ts'
import { createLatest, type Latest } from '../../platform/iterate/latest.ts'
import { createSharedSubscribe, type SharedSubscribeOptions } from './shared-execution.ts'
import { attachText, oncePerResult, resultText } from './shared-execution.text.ts'

type Event = { readonly n: number }
type Context = { readonly scope: string; readonly id: number }

const setup = (options: Partial<SharedSubscribeOptions> = {}) => {
  const events: Latest<Event> = createLatest()
  const contexts: number[] = []
  const sources = new Set<string>()
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
            sources.add(scope)
            return events.watch({ onClose: () => void sources.delete(scope) })
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
  return { events, open, contexts, resolved: () => resolved, sources }
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

const isFor = ({ n }: Event): boolean => n % 41 === 0 || n % 97 === 96

test('each event is filtered once for a group, and each of its subscribers gets what is for it at its own pace', async () => {
  const events = Array.from({ length: 500 }, (_, n) => ({ n }))
  const wanted = events.filter(isFor).map(({ n }) => n)
  let asked = 0
  const type = new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      n: {
        type: GraphQLInt,
        resolve: (event: unknown) => (event as Event).n,
        subscribe: async function* () {},
      },
    },
  })
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { n: { type: GraphQLInt } } }),
    subscription: type,
  })
  const field = type.getFields().n!
  const subscribe = createSharedSubscribe({ groupKey: () => 'one', freshContext: () => ({}) })
  const openAt = async (from: number) => {
    const source = async function* () {
      yield* events.slice(from)
    }
    field.subscribe = () => filter(feedOf(source()), (event) => (asked++, isFor(event)))
    const stream = await subscribe({ schema, document: parse('subscription { n }') })
    return stream as AsyncIterableIterator<ExecutionResult>
  }
  // Some begin in the middle, one is alone in front, and the last comes when all was met.
  const first = await openAt(0)
  expect((await nextOf(first)).data).toEqual({ n: wanted[0] })
  const unread = await openAt(0)
  const streams = [await openAt(0), await openAt(250), await openAt(10), first]
  const got: number[][] = streams.map(() => [])
  for (let turn = 0; turn < 200; turn += 1)
    for (const [index, stream] of streams.entries())
      for (let step = 0; step <= index; step += 1) {
        const { done, value } = await stream.next()
        if (!done) got[index]!.push(value.data!.n as number)
      }
  expect(got).toEqual([
    wanted,
    wanted.filter((n) => n >= 250),
    wanted.filter((n) => n >= 10),
    wanted.slice(1),
  ])
  const late: number[] = []
  for await (const { data } of unread) late.push(data!.n as number)
  expect(late).toEqual(wanted)
  expect(asked).toBe(events.length)
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

test('what went wrong is shared for a second; who comes to the same value later has it executed anew', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let away = true
  const { events, open, resolved } = setup({
    freshContext: (args) => {
      if (away) throw new Error('the store is away')
      return args.contextValue
    },
    lastOf: () => () => ({ errors: [new GraphQLError('away')] }),
  })
  events.set({ n: 1 })
  const [first, second] = [await open(), await open()]
  for (const stream of [first, second]) expect((await nextOf(stream)).errors).toHaveLength(1)
  away = false
  const waiting = await open()
  expect((await nextOf(waiting)).errors).toHaveLength(1) // of the same moment
  vi.advanceTimersByTime(1_000)
  const later = await open()
  expect((await nextOf(later)).data).toEqual({ n: 1 })
  expect(resolved()).toBe(1)
  const another = await open()
  expect((await nextOf(another)).data).toEqual({ n: 1 })
  vi.advanceTimersByTime(60_000)
  expect((await nextOf(await open())).data).toEqual({ n: 1 })
  expect(resolved()).toBe(1) // what went well is kept
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
    expect(resultText(result)).toBe('{"data":{"n":null},"errors":[{"message":"masked"}]}')
  expect(masked).toBe(1)
  const after = Promise.all(streams.map(nextOf))
  events.set({ n: 3 })
  expect((await after)[1]!.data).toEqual({ n: 3 })

  const bare = setup()
  const stream = await bare.open()
  bare.events.set({ n: -1 })
  // As graphql-ws has it: errors last. They are not masked here, so no text is shared.
  expect(resultText(await nextOf(stream))).toMatch(/^\{"data":\{"n":null\},"errors":\[\{"message":"negative"/)
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
  const { open, sources } = setup()
  const stream = await open()
  expect(sources.size).toBe(1)
  const waiting = stream.next()
  await stream.return()
  expect((await waiting).done).toBe(true)
  expect(sources.size).toBe(0)
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

test('a stream that fails says its last word as its own subscriber is told it, and is over', async () => {
  const { events, open } = setup({
    freshContext: () => Promise.reject(new Error('no context')),
    lastOf: ({ contextValue }) => {
      const { scope } = contextValue as Context
      return () => ({ errors: [new GraphQLError(`the end of ${scope}`)] })
    },
  })
  const streams = [await open('a'), await open('a', 1), await open('b')]
  const waiting = Promise.all(streams.map(nextOf))
  events.set({ n: 1 })
  expect((await waiting).map(({ errors }) => errors?.[0]?.message)).toEqual([
    'the end of a',
    'the end of a',
    'the end of b',
  ])
  for (const stream of streams) expect((await stream.next()).done).toBe(true)
})

test('what is sent of a result is made once for all, whichever they ask for', () => {
  let made = 0
  const bytes = oncePerResult((result) => Buffer.from(`${(made += 1)} ${resultText(result)}`))
  const results = [1, 2].map((n) => attachText({ data: { n } }))
  const sent = [0, 0, 1, 0, 1, 1].map((index) => bytes(results[index]!).toString())
  expect(sent).toEqual([0, 0, 1, 0, 1, 1].map((index) => `${index + 1} {"data":{"n":${index + 1}}}`))
  expect(made).toBe(2)
})

test('every transport and Yoga itself send the same text that was made once', async () => {
  const { events, open, resolved } = setup()
  const [one, two] = [await open(), await open()]
  const waiting = Promise.all([nextOf(one), nextOf(two)])
  events.set({ n: 5 })
  const [first, second] = await waiting
  expect([first, second].map((result) => resultText(result))).toEqual(Array(2).fill('{"data":{"n":5}}'))

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
