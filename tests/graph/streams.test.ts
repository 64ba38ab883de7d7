import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TenantId } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import type {
  StreamFilter,
  StreamOrder,
  StreamPageQuery,
  StreamPageQueryVariables,
} from '../graphql/graphql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'

const StreamPage = graphql(`
  query StreamPage(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: StreamFilter
    $orderBy: StreamOrder
  ) {
    streams(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      edges {
        cursor
        node {
          id
          title
          internalName
          createdAt
        }
      }
      nodes {
        id
      }
      pageInfo {
        startCursor
        endCursor
        hasNextPage
        hasPreviousPage
      }
    }
  }
`)
const StreamCount = graphql(`
  query StreamCount($filter: StreamFilter) {
    streams(first: 0, filter: $filter) {
      totalCount
      nodes {
        id
      }
    }
  }
`)
let program: TestApp
let tenant: TenantId
let key: string
let client: TestClient
const titles = ['alpha', 'bravo', 'bravo', 'bravo', 'charlie', 'delta', 'delta'] // many equal keys
const TOTAL = 35

beforeAll(async () => {
  program = await startApp()
  ;({ tenant, key } = await program.seed.tenant())
  client = createTestClient(program.url, key)
  await ensure(Array.from({ length: TOTAL }, (_, n) => `seed-${n}`))
})
afterAll(() => program.stop())

/** In one statement, so they share their time of creation. */
const ensure = (
  names: readonly string[],
  owner = tenant,
  titleOf = (n: number) => titles[n % titles.length]!,
) =>
  program.app.modules.streams.service.ensure(
    owner,
    names.map((internalName, n) => ({
      internalName,
      playbackId: internalName,
      title: titleOf(n),
      description: '',
      isPublic: false,
      status: n % 3 === 0 ? ('LIVE' as const) : ('OFFLINE' as const),
    })),
  )

type Node = { id: string; title: string; internalName: string; createdAt: string }
type Way = 'forward' | 'backward'

/** All pages one after the other, in the order of the list; `between` runs after the first page. */
const walk = async (
  orderBy: StreamOrder,
  size: number,
  way: Way = 'forward',
  asked = client,
  between = async () => {},
): Promise<Node[]> => {
  const all: Node[] = []
  let cursor: string | null = null
  for (let page = 0; page < 100; page++) {
    const args: StreamPageQueryVariables =
      way === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor }
    const { streams }: StreamPageQuery = await asked.ask(StreamPage, { ...args, orderBy })
    const { edges, pageInfo } = streams
    const nodes = edges.map(({ node }) => node)
    expect(streams.nodes.map(({ id }) => id)).toEqual(nodes.map(({ id }) => id))
    expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor, edges.at(-1)?.cursor])
    if (way === 'forward') all.push(...nodes)
    else all.unshift(...nodes)
    expect(way === 'forward' ? pageInfo.hasPreviousPage : pageInfo.hasNextPage).toBe(page > 0)
    const more = way === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage
    if (!more) return all
    expect(edges).toHaveLength(size)
    cursor = (way === 'forward' ? pageInfo.endCursor : pageInfo.startCursor) ?? null
    if (page === 0) await between()
  }
  throw new Error('the pages never end')
}

const byKeyThenId = (key: 'createdAt' | 'title' | 'internalName', sign: 1 | -1) => (a: Node, b: Node) => {
  const [x, y] = a[key] === b[key] ? [a.id, b.id] : [a[key], b[key]]
  return decode(x) < decode(y) ? -sign : sign
}
// Global ids sort by what they stand for; other keys have no ':' and stay as they are.
const decode = (text: string): string => {
  const plain = Buffer.from(text, 'base64').toString()
  return plain.startsWith('Stream:') ? plain : text
}

const orders = [
  ['CREATED_AT', 'createdAt'],
  ['TITLE', 'title'],
  ['INTERNAL_NAME', 'internalName'],
] as const
const everyOrder = orders.flatMap(([field, key]) =>
  (['ASC', 'DESC'] as const).flatMap((direction) =>
    (['forward', 'backward'] as const).map((way) => ({ field, key, direction, way })),
  ),
)
test.each(everyOrder)(
  'pages by $field $direction, $way, meet every row once and in order, also among equal keys',
  async ({ field, key: by, direction, way }) => {
    const all = await walk({ field, direction }, 8, way)
    expect(all).toHaveLength(TOTAL)
    expect(all).toEqual(all.toSorted(byKeyThenId(by, direction === 'ASC' ? 1 : -1)))
  },
)

test.each(['forward', 'backward'] as const)(
  'rows that are inserted between two pages repeat none and hide none, %s',
  async (way) => {
    const other = await program.seed.tenant()
    const asked = createTestClient(program.url, other.key)
    await ensure(
      Array.from({ length: 20 }, (_, n) => `${way}-old-${n}`),
      other.tenant,
      () => 'm',
    )
    const insert = async () => {
      await ensure([`${way}-first`], other.tenant, () => 'a')
      await ensure([`${way}-same`], other.tenant, () => 'm')
      await ensure([`${way}-last`], other.tenant, () => 'z')
    }
    const names = (await walk({ field: 'TITLE', direction: 'ASC' }, 6, way, asked, insert)).map(
      ({ internalName }) => internalName,
    )
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => name.includes('-old-'))).toHaveLength(20)
    expect(names.includes(`${way}-last`)).toBe(way === 'forward') // it lies ahead only on the way to it
    expect(names.includes(`${way}-first`)).toBe(way === 'backward')
  },
)

const codeOf = async (variables: object): Promise<string | undefined> => {
  const { data, errors } = await client.request(StreamPage, variables)
  if (!errors) return undefined
  expect(data ?? null).toBeNull()
  return errors[0]?.extensions?.code
}
const cursorOf = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

test('a page holds 0 to 100, asked from one end, and is said to be empty when it is', async () => {
  const { streams } = await client.ask(StreamPage, { first: 0 })
  expect(streams).toEqual({
    edges: [],
    nodes: [],
    pageInfo: { startCursor: null, endCursor: null, hasNextPage: true, hasPreviousPage: false },
  })
  expect(await codeOf({ first: 100 })).toBeUndefined()
  for (const args of [{ first: 101 }, { first: -1 }, { last: 101 }, { last: -1 }, { first: 1, last: 1 }])
    expect(await codeOf(args), JSON.stringify(args)).toBe('BAD_REQUEST')
})

test('a cursor of another order, or one that nobody made, is refused', async () => {
  const { streams } = await client.ask(StreamPage, { first: 1 })
  const cursor = streams.pageInfo.endCursor!
  const id = '01a1f960-02f4-7784-9240-ef021b46f9f6'
  const orderBy: StreamOrder = { field: 'TITLE', direction: 'ASC' }
  expect(await codeOf({ after: cursor })).toBeUndefined()
  expect(await codeOf({ after: cursor, orderBy })).toBe('BAD_REQUEST')
  const forged = [
    'x',
    '{}',
    cursorOf(),
    cursorOf('createdAt', 'soon', id),
    cursorOf('createdAt', 1, id),
    cursorOf('createdAt', '2026-11-20T00:00:00.000Z', 'no uuid'),
    cursorOf('createdAt', null, id),
    cursorOf('createdAt', { gt: '' }, id),
    cursorOf('deletedAt', '2026-11-20T00:00:00.000Z', id),
  ]
  for (const after of forged) expect(await codeOf({ after }), after).toBe('BAD_REQUEST')
  for (const before of forged) expect(await codeOf({ before }), before).toBe('BAD_REQUEST')
  expect(await codeOf({ orderBy, after: cursorOf('title', 'a\u0000', id) })).toBe('BAD_REQUEST')
})

test('every filter operator finds what it says, % and _ and \\ are letters, and totalCount counts the same', async () => {
  const own = await program.seed.tenant()
  const asked = createTestClient(program.url, own.key)
  const named = ['100% sure', '100 percent', 'a_b', 'aXb', 'back\\slash', 'Zulu']
  await ensure(
    named.map((_, n) => `f-${n}`),
    own.tenant,
    (n) => named[n]!,
  )
  const { streams } = await asked.ask(StreamPage, {})
  const at = streams.edges[0]!.node.createdAt
  const later = new Date(Date.parse(at) + 1).toISOString()
  const cases: [StreamFilter, string[]][] = [
    [{ title: { eq: 'a_b' } }, ['a_b']],
    [{ title: { eq: 'A_B' } }, []],
    [{ title: { in: ['Zulu', 'aXb', 'nope'] } }, ['Zulu', 'aXb']],
    [{ title: { contains: '%' } }, ['100% sure']],
    [{ title: { contains: 'A_B' } }, ['a_b']],
    [{ title: { contains: '\\' } }, ['back\\slash']],
    [{ title: { startsWith: 'zU' } }, ['Zulu']],
    [{ title: { startsWith: '_' } }, []],
    [{ title: { contains: '100', startsWith: '100%' } }, ['100% sure']],
    [{ title: { contains: '' } }, named],
    [{ status: { eq: 'LIVE' } }, [named[0]!, named[3]!]],
    [{ status: { in: ['LIVE', 'OFFLINE'] } }, named],
    [{ status: { in: [] } }, []],
    [{ internalName: { eq: 'f-5' }, title: { eq: 'Zulu' } }, ['Zulu']],
    [{ createdAt: { lt: at } }, []],
    [{ createdAt: { lt: later } }, named],
    [{ createdAt: { lte: later, gt: at } }, expect.any(Array) as never],
    [{ createdAt: { gte: later } }, []],
    [{ and: [{ title: { contains: 'a' } }, { not: { title: { contains: '_' } } }] }, ['aXb', 'back\\slash']],
    [{ or: [{ title: { eq: 'Zulu' } }, { title: { eq: 'aXb' } }] }, ['Zulu', 'aXb']],
    [{ or: [] }, []],
    [{ or: [{}, { title: { eq: 'Zulu' } }] }, named],
    [{ not: {} }, []],
    [{ not: { not: {} } }, named],
    [{}, named],
    [{ and: [] }, named],
    [{ not: { or: [{ title: { contains: '100' } }, { status: { eq: 'OFFLINE' } }] } }, ['aXb']],
  ]
  for (const [filter, expected] of cases) {
    const found = (await asked.ask(StreamPage, { filter })).streams.edges.map(({ node }) => node.title)
    if (Array.isArray(expected)) expect(found.toSorted(), JSON.stringify(filter)).toEqual(expected.toSorted())
    expect((await asked.ask(StreamCount, { filter })).streams).toEqual({
      totalCount: found.length,
      nodes: [],
    })
  }
})

const some = (count: number): StreamFilter => ({
  or: Array.from({ length: count }, () => ({ title: { eq: 'x' } })),
})

const list = (length: number): StreamFilter => ({ title: { in: Array.from({ length }, (_, n) => `${n}`) } })

test('a filter that is too deep, too long or lists too much is refused', async () => {
  const nest = (depth: number): StreamFilter =>
    depth === 1 ? { title: { eq: 'x' } } : { not: nest(depth - 1) }
  for (const filter of [nest(4), some(49), list(100)]) expect(await codeOf({ filter })).toBeUndefined()
  for (const filter of [nest(5), nest(200), some(50), some(5_000), list(101)])
    expect(await codeOf({ filter })).toBe('LIMIT_EXCEEDED')
})
