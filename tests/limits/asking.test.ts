import { AsyncLocalStorage } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import DataLoader from 'dataloader'
import { defaultFieldResolver, isInterfaceType, isObjectType, type GraphQLObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import type { FieldCost } from '../../src/graphql/limits/cost.ts'
import { schema } from '../../src/graphql/schema.ts'
import { defineQuery } from '../../src/platform/clickhouse/query.ts'
import { sql } from '../../src/platform/clickhouse/sql.ts'
import { breached } from '../domains/alerting.ts'
import type { World } from '../domains/fixture.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import type { Answer, TestClient } from '../testkit/client.ts'
import { inhabit } from '../walls/inhabitant.ts'
import { literalsOf } from '../walls/literals.ts'
import { createPeople } from '../walls/people.ts'
import { alone, reachable, waysOf, type Way } from './ways.ts'

const types = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => !name.startsWith('__'))
const fields = types.flatMap((type) =>
  Object.values(type.getFields()).map((field) => ({ place: `${type.name}.${field.name}`, type, field })),
)
const costly = fields.filter(({ field }) => (field.extensions.cost as FieldCost | undefined)?.base === 10)
const placesOf = (of: readonly { place: string }[]): string[] => of.map(({ place }) => place).toSorted()

/** The field whose resolver runs, also where a loader asks for it later. */
const running = new AsyncLocalStorage<string>()
const resolved = new Set<string>()
/**
 * Makes every resolver say that it runs. The schema is one for all files of a worker: answers how to put back
 * what there was.
 */
const watchResolvers = (): (() => void) => {
  const before = fields.map(({ field: { resolve } }) => resolve)
  for (const { place, field } of fields) {
    const resolve = field.resolve ?? defaultFieldResolver
    field.resolve = (...given) => {
      resolved.add(place)
      return running.run(place, () => resolve(...given))
    }
  }
  return () => {
    for (const [index, { field }] of fields.entries()) Object.assign(field, { resolve: before[index] })
  }
}
/** The fields that asked ClickHouse. */
const asked = new Set<string>()

const settings = {
  RATE_LIMIT_COST: '1000000000', // with 0 there would be no budget to ask for
  RATE_LIMIT_REQUESTS: '0',
  OAUTH_REDIRECT_URIS: 'https://app.example.test/back',
  OAUTH_GITHUB_CLIENT_ID: 'nobody',
  OAUTH_GITHUB_CLIENT_SECRET: 'asks',
}
let program: TestApp
let putBack: () => void
let clients: readonly TestClient[]
let ways: ReadonlyMap<GraphQLObjectType, Way>
let literals: ReturnType<typeof literalsOf>
beforeAll(async () => {
  putBack = watchResolvers()
  program = await startApp({ settings })
  const nodes = schema.getType('Node')
  const nodeTypes = isInterfaceType(nodes) ? schema.getPossibleTypes(nodes).map(({ name }) => name) : []
  const a = await inhabit(program, 'alpha', 11, nodeTypes)
  // An incident that a rule opened: what is told of those.
  const { modules } = program.app
  const permit: World['permit'] = () => trustedPermit(a.tenant, operator)
  await breached({ modules, permit, word: 'alpha' }, 'alpha rule that fires', 'PT0S')
  const people = await createPeople(program)
  const { client } = await (await people.person('ann', [a])).actIn(a)
  await people.close()
  clients = [client, a.client]
  literals = literalsOf(a)
  ways = waysOf(schema, literals, await seenBy(client, a.ids))
  const { clickHouse } = program.databases
  const query = clickHouse.query.bind(clickHouse)
  vi.spyOn(clickHouse, 'query').mockImplementation((...given) => {
    const place = running.getStore()
    if (place !== undefined) asked.add(place)
    return query(...given)
  })
})
afterAll(async () => {
  putBack()
  await program.stop()
})

type Ids = Readonly<Record<string, readonly string[]>>
/** Those of the ids that `node` answers to a client: a session is its account's alone. */
const seenBy = async (client: TestClient, ids: Ids): Promise<Ids> => {
  const firsts = Object.values(ids).flatMap(([id]) => id ?? [])
  const { data } = (await client.request('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: firsts,
  })) as Answer<{ nodes: ({ id: string } | null)[] }>
  const seen = new Set(data!.nodes.map((node) => node?.id))
  return Object.fromEntries(Object.entries(ids).filter(([, [id]]) => seen.has(id)))
}

const isTotal = ({ type, field }: (typeof fields)[number]): boolean =>
  type.name.endsWith('Connection') && field.name === 'totalCount'
/** What counts rows, of whichever store. */
const isCount = (each: (typeof fields)[number]): boolean =>
  isTotal(each) || (each.field.extensions.cost as FieldCost | undefined)?.counts === true

test('the fields whose resolvers reach ClickHouse are those that say that they cost 10, and each was tried', async () => {
  for (const [type, way] of ways) {
    const all = Object.values(type.getFields()).map((field) => alone(type, field, literals))
    // One operation has 20 root fields at most.
    for (let from = 0; from < all.length; from += 20)
      for (const client of clients) {
        const selections = all.slice(from, from + 20)
        const before = asked.size
        const { errors } = (await client.request(way(selections.join(' ')))) as Answer<unknown>
        // An owner may read all of it; a key is told so of what is for people.
        if (client === clients[0]) expect(errors, type.name).toBeUndefined()
        // Those that share one question are told apart: each is asked for without the others.
        if (asked.size > before) for (const each of selections) await client.request(way(each))
      }
  }
  const inPostgres = costly.filter((each) => isCount(each) && !asked.has(each.place))
  expect([...asked, ...placesOf(inPostgres)].toSorted()).toEqual(placesOf(costly))
  expect(asked.size).toBeGreaterThan(5)

  // The rest are types of mutations, which ask for rows, and of subscriptions, which pay when they begin.
  const unmet = [...reachable(schema, schema.getQueryType()!)].filter((type) => !ways.has(type))
  expect(unmet.map(String)).toEqual([])
  const met = fields.filter(({ type }) => ways.has(type))
  expect(placesOf(met.filter(({ place }) => !resolved.has(place)))).toEqual([])
}, 120_000)

test('every totalCount says that it counts', () => {
  const counts = fields.filter(isTotal)
  expect(counts.length).toBeGreaterThan(4)
  expect(placesOf(counts.filter((each) => !costly.includes(each)))).toEqual([])
})

test('docs/limits.md names the fields that ask ClickHouse', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/limits.md'), 'utf8')
  for (const place of asked) expect(page).toContain(`\`${place}\``)
})

test('a resolver that asks without saying so is found, also when a loader asks for it later', async () => {
  const field = schema.getQueryType()!.getFields().tenant!
  const known = field.resolve!
  const answer = defineQuery({
    name: 'test.one',
    tenant: 'operator',
    sql: sql`SELECT 1 AS one`,
    row: z.object({ one: z.number() }),
  })
  const loader = new DataLoader(async (keys: readonly string[]) => {
    await program.databases.clickHouse.query(answer)
    return keys
  })
  field.resolve = (...given) =>
    running.run('Query.tenant', async () => {
      await loader.load('x')
      return known(...given)
    })
  try {
    expect((await clients[0]!.request('{ tenant { id } }')).data).toMatchObject({ tenant: {} })
  } finally {
    field.resolve = known
  }
  expect(asked).toContain('Query.tenant')
})
