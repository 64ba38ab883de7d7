import { expect, test } from 'vitest'
import { keysetPage, type KeysetColumn } from './keyset.ts'

type Row = { id: string; value: unknown }
type Ask = { where: Record<string, unknown>; orderBy: unknown[]; take: number }
const id = '01a1f960-02f4-7784-9240-ef021b46f9f6'

/** What the page asks the store for, and a cursor of its only row. */
const ask = async (
  kind: KeysetColumn['kind'],
  value: unknown,
  args: { first?: number; after?: string } = {},
) => {
  const asked: Ask[] = []
  const page = await keysetPage<Row>({
    args,
    column: { field: 'value', kind },
    direction: 'ASC',
    where: { own: true },
    find: (find) => {
      asked.push(find)
      return Promise.resolve([{ id, value }])
    },
  })
  return { asked: asked[0]!, all: asked, cursor: page.edges[0]?.cursor ?? '' }
}

test('one row more than the page is asked for, in the order of the column and then the id', async () => {
  const { asked } = await ask('text', 'x', { first: 5 })
  expect(asked).toEqual({ where: { own: true }, orderBy: [{ value: 'asc' }, { id: 'asc' }], take: 6 })
})

test.each([
  ['text', 'x'],
  ['number', 7],
  ['date', new Date(5)],
] as const)(
  'a cursor of %j goes on with the rows of the same value, then with the others, each by a condition of an index',
  async (kind, value) => {
    const { cursor } = await ask(kind, value)
    const { all } = await ask(kind, value, { first: 5, after: cursor })
    expect(all.map(({ where, take }) => [where, take])).toEqual([
      [{ AND: [{ own: true }, { value, id: { gt: id } }] }, 6],
      [{ AND: [{ own: true }, { value: { gt: value } }] }, 5],
    ])
    // A page that is full asks for nothing more.
    expect((await ask(kind, value, { first: 0, after: cursor })).all).toHaveLength(1)
  },
)

test.each([
  ['number', '7'],
  ['number', 1.5],
  ['number', 2 ** 40],
  ['date', 'yesterday'],
  ['date', 5],
  ['date', '0000-01-01T00:00:00.000Z'],
  ['date', '2026-02-30T00:00:00.000Z'],
  ['text', 5],
  ['text', '\0'],
  ['text', '\ud83d'],
  ['bigint', 1.5],
] as const)('a cursor of %j with the value %j is refused before the store is asked', async (kind, value) => {
  const after = Buffer.from(JSON.stringify(['value', value, id])).toString('base64url')
  await expect(ask(kind, value, { after })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})
