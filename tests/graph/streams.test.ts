import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TenantId } from '../../src/platform/ids.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../testkit/client.ts'

// Paging, orders and operators are tried once over all lists (lists.test.ts); here is what one list stands
// for.

let program: TestApp
let tenant: TenantId
let client: TestClient
beforeAll(async () => {
  program = await sharedApp()
  const made = await program.seed.tenant()
  tenant = made.tenant
  client = createTestClient(program.url, made.key)
  await ensure(['one', 'two', 'three'])
})
afterAll(() => program.stop())

const ensure = (names: readonly string[], owner = tenant, title = 'm') =>
  program.app.modules.streams.service.ensure(
    owner,
    names.map((internalName) => ({
      internalName,
      playbackId: internalName,
      title,
      description: '',
      isPublic: false,
      status: 'OFFLINE' as const,
    })),
  )

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: StreamFilter, $orderBy: StreamOrder) {
  streams(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { internalName } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`
type Page = {
  streams: {
    edges: { cursor: string; node: { internalName: string } }[]
    pageInfo: { startCursor: string; endCursor: string; hasNextPage: boolean; hasPreviousPage: boolean }
  } | null
}
const page = async (asked: TestClient, variables: object) =>
  ((await asked.request(PAGE, variables)) as Answer<Page>).data!.streams!
const codeOf = async (variables: object): Promise<string | undefined> => {
  const { data, errors } = (await client.request(PAGE, variables)) as Answer<Page>
  if (!errors) return undefined
  expect(data?.streams ?? null).toBeNull()
  return errors[0]?.extensions?.code
}

test.each(['forward', 'backward'] as const)(
  'rows that are inserted between two pages repeat none and hide none, %s',
  async (way) => {
    const other = await program.seed.tenant()
    const asked = createTestClient(program.url, other.key)
    const old = Array.from({ length: 12 }, (_, n) => `${way}-old-${n}`)
    await ensure(old, other.tenant)
    const orderBy = { field: 'TITLE', direction: 'ASC' }
    const first = await page(asked, way === 'forward' ? { first: 6, orderBy } : { last: 6, orderBy })
    await ensure([`${way}-first`], other.tenant, 'a')
    await ensure([`${way}-same`], other.tenant)
    await ensure([`${way}-last`], other.tenant, 'z')
    const { startCursor, endCursor } = first.pageInfo
    const place = way === 'forward' ? { first: 100, after: endCursor } : { last: 100, before: startCursor }
    const rest = await page(asked, { ...place, orderBy })
    const names = [...first.edges, ...rest.edges].map(({ node }) => node.internalName)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => name.includes('-old-')).toSorted()).toEqual(old.toSorted())
    expect(names.includes(`${way}-last`)).toBe(way === 'forward') // it lies ahead only on the way to it
    expect(names.includes(`${way}-first`)).toBe(way === 'backward')
  },
)

const cursorOf = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

test('a page holds 0 to 100, asked from one end, and is said to be empty when it is', async () => {
  expect(await page(client, { first: 0 })).toEqual({
    edges: [],
    pageInfo: { startCursor: null, endCursor: null, hasNextPage: true, hasPreviousPage: false },
  })
  expect(await codeOf({ first: 100 })).toBeUndefined()
  for (const args of [{ first: 101 }, { first: -1 }, { last: 101 }, { last: -1 }, { first: 1, last: 1 }])
    expect(await codeOf(args), JSON.stringify(args)).toBe('BAD_REQUEST')
})

test('a cursor of another order, or one that nobody made, is refused', async () => {
  const { pageInfo } = await page(client, { first: 1 })
  const cursor = pageInfo.endCursor
  const id = '01a1f960-02f4-7784-9240-ef021b46f9f6'
  const orderBy = { field: 'TITLE', direction: 'ASC' }
  expect(await codeOf({ after: cursor })).toBeUndefined()
  expect(await codeOf({ after: cursor, orderBy })).toBe('BAD_REQUEST')
  const forged = [
    'x',
    '{}',
    cursorOf(),
    cursorOf('createdAt', 'soon', id),
    cursorOf('createdAt', 1, id),
    cursorOf('createdAt', '2026-11-20T00:00:00.000Z', 'no uuid'),
    cursorOf('createdAt', null, id), // a creation time is never missing
    cursorOf('createdAt', { gt: '' }, id),
    cursorOf('deletedAt', '2026-11-20T00:00:00.000Z', id),
  ]
  for (const after of forged) expect(await codeOf({ after }), after).toBe('BAD_REQUEST')
  for (const before of forged) expect(await codeOf({ before }), before).toBe('BAD_REQUEST')
  expect(await codeOf({ orderBy, after: cursorOf('title', 'a\u0000', id) })).toBe('BAD_REQUEST')
})

const some = (count: number) => ({ or: Array.from({ length: count }, () => ({ title: { eq: 'x' } })) })
const list = (length: number) => ({ title: { in: Array.from({ length }, (_, n) => `${n}`) } })

test('a filter that is too deep, too long or lists too much is refused', async () => {
  const nest = (depth: number): object => (depth === 1 ? { title: { eq: 'x' } } : { not: nest(depth - 1) })
  for (const filter of [nest(4), some(49), list(100)]) expect(await codeOf({ filter })).toBeUndefined()
  for (const filter of [nest(5), some(50), list(101)]) expect(await codeOf({ filter })).toBe('LIMIT_EXCEEDED')
  // These are too large for variables of any kind, and nobody looks further.
  for (const filter of [nest(200), some(5_000)]) expect(await codeOf({ filter })).toBe('LITERAL_TOO_LARGE')
})

test('a title is found in any case, also where small letters are spelled in two ways', async () => {
  const own = await program.seed.tenant()
  const asked = createTestClient(program.url, own.key)
  const titles = ['ΟΔΥΣΣΕΥΣ', 'Ο Οδυσσεύς', 'École', 'ЮЛА', 'STRASSE']
  for (const [n, title] of titles.entries()) await ensure([`g-${n}`], own.tenant, title)
  const cases: [string, number[]][] = [
    ['οδυσσευς', [0]],
    ['ΟΔΥΣ', [0, 1]],
    ['οδυς', [0, 1]],
    ['ΟΔΥΣΣΕΎΣ', [1]],
    ['éCOLE', [2]],
    ['юл', [3]],
    ['straße', [4]],
  ]
  for (const [contains, expected] of cases) {
    const { edges } = await page(asked, { filter: { title: { contains } } })
    const names = edges.map(({ node }) => node.internalName).toSorted()
    expect(names, contains).toEqual(expected.map((n) => `g-${n}`))
    const others = await page(asked, { filter: { not: { title: { contains } } } })
    expect(others.edges, contains).toHaveLength(titles.length - expected.length)
  }
})

test('% and _ and \\ are letters in a filter, alone and beside other operators', async () => {
  const own = await program.seed.tenant()
  const asked = createTestClient(program.url, own.key)
  const titles = ['100% sure', '100 percent', 'a_b', 'aXb', 'back\\slash']
  for (const [n, title] of titles.entries()) await ensure([`f-${n}`], own.tenant, title)
  const cases: [object, number[]][] = [
    [{ contains: '%' }, [0]],
    [{ contains: 'A_B' }, [2]],
    [{ contains: '\\' }, [4]],
    [{ startsWith: '_' }, []],
    [{ eq: '%', contains: '' }, []],
    [{ eq: '\\', contains: '' }, []],
    [{ contains: '100', startsWith: '100%' }, [0]],
  ]
  for (const [title, expected] of cases) {
    const { edges } = await page(asked, { filter: { title } })
    expect(edges.map(({ node }) => node.internalName).toSorted(), JSON.stringify(title)).toEqual(
      expected.map((n) => `f-${n}`),
    )
  }
})
