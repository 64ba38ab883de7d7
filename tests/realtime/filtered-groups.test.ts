import { GraphQLInt, GraphQLObjectType, GraphQLSchema, parse, type ExecutionResult } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSharedSubscribe } from '../../src/graphql/plugins/shared-execution.ts'
import type { Event, Item } from '../../src/platform/bus/tail.ts'
import type { TailLimits } from '../../src/platform/bus/tail.ts'
import { trustTenantId, uuidv7 } from '../../src/platform/ids.ts'
import { filter } from '../../src/platform/iterate/feed.ts'
import { startRedisServer, type RedisServer } from '../testkit/redis.ts'
import { numbers, openBuses, publisherTo, upTo } from './bus.testkit.ts'

type Numbered = { readonly n: number }

let server: RedisServer
beforeAll(async () => {
  server = await startRedisServer()
})
afterAll(() => server.close())
const open = openBuses(() => server.url)

/** The same sequence in each run, so that a failure comes again. */
const createRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

/** A group of subscribers to those numbers of a topic that `isFor` keeps. */
const setup = async (limits: TailLimits, isFor: (n: number) => boolean) => {
  const tenant = trustTenantId(uuidv7())
  const { bus, redis } = await open({ limits, lingerMs: 5_000 })
  let asked = 0
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { n: { type: GraphQLInt } } }),
    subscription: new GraphQLObjectType<unknown, string | undefined>({
      name: 'Subscription',
      fields: {
        n: {
          type: GraphQLInt,
          resolve: (item) => (item as Event<Numbered>).payload.n,
          subscribe: async (_root, _args, after) => {
            const items = await bus.subscribe(tenant, numbers, { after })
            return filter(items, (item: Item<Numbered>) => {
              asked += 1
              return 'resync' in item || isFor(item.payload.n)
            })
          },
        },
      },
    }),
  })
  const document = parse('subscription { n }')
  const subscribe = createSharedSubscribe({
    groupKey: () => 'one',
    freshContext: ({ contextValue }) => contextValue,
  })
  const join = async (after?: string) => {
    const stream = await subscribe({ schema, document, contextValue: after })
    if (!(Symbol.asyncIterator in stream)) throw new Error(stream.errors?.[0]?.message)
    return stream
  }
  return { join, publish: publisherTo(() => tenant), bus, redis, asked: () => asked }
}

const numberIn = (result: ExecutionResult): number => {
  if (result.errors) throw new Error(result.errors[0]!.message)
  return result.data!.n as number
}

const isFor = (n: number): boolean => n % 11 === 0 || n % 37 < 2

test('each of a filtered group gets what is for it, in order and once, however far the others are', async () => {
  const random = createRandom(7)
  const { join, publish, bus, redis } = await setup({ events: 24, chars: 1e6, behind: 1e6 }, isFor)
  type Row = { readonly stream: Awaited<ReturnType<typeof join>>; readonly from: number; got: number[] }
  const rows: Row[] = [{ stream: await join(), from: 0, got: [] }]
  const cursors: string[] = []
  const wantedFrom = (from: number): number[] => upTo(cursors.length - from, from).filter(isFor)
  const read = async (row: Row, most: number): Promise<void> => {
    const left = wantedFrom(row.from).length - row.got.length
    for (let step = Math.min(most, left); step > 0; step -= 1)
      row.got.push(numberIn((await row.stream.next()).value!))
  }
  for (let round = 0; round < 120; round += 1) {
    cursors.push(...(await publish(bus, redis, random(30), cursors.length)))
    const last = random(cursors.length + 1)
    if (rows.length < 20 && last > 0)
      rows.push({ stream: await join(cursors[last - 1]), from: last, got: [] })
    // Some read all that there is, some hardly any: those fall behind the window.
    for (const [index, row] of rows.entries()) await read(row, index % 3 === 0 ? 1_000 : random(4))
  }
  for (const row of rows) await read(row, Infinity)
  for (const { got, from } of rows) expect(got).toEqual(wantedFrom(from))
  expect(cursors.length).toBeGreaterThan(1_500)
})

test('of what a group leaves out its other subscribers take nothing, and none of them falls behind by it', async () => {
  const { join, publish, bus, redis, asked } = await setup(
    { events: 1_024, chars: 1e6, behind: 600 },
    (n) => n % 500 === 499,
  )
  const streams = await Promise.all(upTo(50).map(() => join()))
  const first = streams[0]!.next()
  await publish(bus, redis, 500)
  expect(numberIn((await first).value!)).toBe(499)
  const second = streams[0]!.next()
  await publish(bus, redis, 500, 500)
  expect(numberIn((await second).value!)).toBe(999)
  // All others are 1,000 events behind now, and 2 of these are for them.
  for (const stream of streams.slice(1))
    expect([await stream.next(), await stream.next()].map(({ value }) => numberIn(value!))).toEqual([
      499, 999,
    ])
  expect(asked()).toBe(1_000)
})
